import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ParamsError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { FakeNumber, FakeWhatsApp } from '../../fakes/whatsapp.ts'
import { cloudError } from '../../fakes/whatsapp-errors.ts'
import { ANN } from '../../fakes/whatsapp-updates.ts'
import { NUMBER, startFakeWhatsApp } from '../../helpers/whatsapp-kit.ts'
import { faultOf, type OpenLine, openLine, type Provider, sendContext } from './helpers.ts'

let fake: FakeWhatsApp
let number: FakeNumber
let open: OpenLine[]
beforeEach(async () => {
  fake = await startFakeWhatsApp()
  number = fake.numbers[0] as FakeNumber
  open = []
})
afterEach(async () => {
  for (const line of open) line.close()
  await fake[Symbol.asyncDispose]()
})

function lineOf(provider: Provider): OpenLine {
  const line = openLine(provider, fake.url)
  open.push(line)
  return line
}

async function run(
  provider: Provider,
  name: string,
  params: unknown,
  conversation?: JsonObject,
): Promise<unknown> {
  const { connector, line } = lineOf(provider)
  const method = connector.methods.find((one) => one.name === name)
  assert.ok(method)
  const { signal } = sendContext()
  return await method.run(params, line, {
    signal,
    conversation: async () => conversation,
    latestConversation: async () => conversation,
    remember: async () => undefined,
  })
}

type Listed = { readonly templates: readonly { name: string; status: string }[]; hasMore: boolean }

async function list(provider: Provider, params: object = {}): Promise<Listed> {
  return (await run(provider, 'listTemplates', params)) as Listed
}

function addTemplates(count: number): void {
  const all = Array.from({ length: count }, (_, index) => ({
    name: `order_${index}`,
    language: index % 2 === 0 ? 'ru' : 'en_US',
    status: index === 1 ? 'REJECTED' : 'APPROVED',
    category: 'UTILITY',
    components: [{ type: 'BODY', text: 'Order {{1}}' }],
  }))
  fake.templates.set(NUMBER.wabaId, all)
}

describe('listTemplates', () => {
  for (const provider of ['cloud', '360dialog'] as const) {
    it(`follows the pages of ${provider}, and says when there is more`, async () => {
      addTemplates(60)
      const all = await list(provider)
      assert.deepEqual([all.templates.length, all.hasMore], [60, false])
      const some = await list(provider, { limit: 30 })
      assert.deepEqual([some.templates.length, some.hasMore], [30, true])
      const namespace = provider === 'cloud' ? {} : { namespace: 'ns' }
      assert.deepEqual(all.templates[0], {
        name: 'order_0',
        language: 'ru',
        status: 'APPROVED',
        category: 'UTILITY',
        components: [{ type: 'BODY', text: 'Order {{1}}' }],
        ...namespace,
      })
    })

    it(`finds them at ${provider} by name and status`, async () => {
      addTemplates(30)
      const named = await list(provider, { name: 'order_1' })
      assert.deepEqual(
        named.templates.map(({ name }) => name),
        ['order_1'],
      )
      const rejected = await list(provider, { status: 'rejected' })
      assert.deepEqual(
        rejected.templates.map(({ name }) => name),
        ['order_1'],
      )
    })
  }

  it('of an account without any is empty, and a wrong param is named', async () => {
    assert.deepEqual(await list('cloud'), { templates: [], hasMore: false })
    await assert.rejects(list('cloud', { limit: 0, odd: 1 }), (error) => {
      assert.ok(error instanceof ParamsError)
      assert.deepEqual(error.fields.map(({ field }) => field).sort(), ['limit', 'odd'])
      return true
    })
  })
})

const CHAT = { id: ANN.user_id }
const KNOWN = { to: ANN.wa_id, recipient: ANN.user_id }

function template(text: string): object {
  const parameters = [
    { type: 'text', text: 'ok' },
    { type: 'text', text },
  ]
  const components = [
    { type: 'header', parameters: [] },
    { type: 'body', parameters },
  ]
  return { chat: CHAT, template: { name: 'order', language: 'ru', components } }
}

describe('sendTemplate', () => {
  it('reaches a person beyond the answer window, where they are known to be', async () => {
    number.people.set(ANN.wa_id, { wroteAt: 0 })
    const result = await run('cloud', 'sendTemplate', template('42'), KNOWN)
    assert.deepEqual(result, { messageIds: ['wamid.sent1'] })
    const [call] = fake.callsOf('messages')
    const { components } = (template('42') as { template: { components: object } }).template
    assert.deepEqual(call?.json, {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: ANN.wa_id,
      type: 'template',
      biz_opaque_callback_data: `chat:${ANN.user_id}`,
      template: { name: 'order', language: { code: 'ru' }, components },
    })
  })

  it("takes the language as a code or as Meta's object", async () => {
    const language = { policy: 'deterministic', code: 'ru' }
    await run('cloud', 'sendTemplate', { chat: CHAT, template: { name: 'order', language } }, KNOWN)
    const [call] = fake.callsOf('messages')
    assert.deepEqual(call?.json['template'], { name: 'order', language: { code: 'ru' } })
  })

  it('refuses what no template takes, by the name of the parameter', async () => {
    for (const text of ['a\nb', 'a\tb', 'a     b']) {
      await assert.rejects(run('cloud', 'sendTemplate', template(text)), (error) => {
        assert.ok(error instanceof ParamsError)
        assert.equal(error.fields[0]?.field, 'template.components.1.parameters.1.text')
        return true
      })
    }
    await run('cloud', 'sendTemplate', template('a    b'), KNOWN)
    assert.equal(fake.callsOf('messages').length, 1)
  })

  it('refuses what has not the shape of a template', async () => {
    const bad = { chat: CHAT, template: { name: '', language: 7, components: [{}], odd: 1 } }
    await assert.rejects(run('cloud', 'sendTemplate', bad), (error) => {
      assert.ok(error instanceof ParamsError)
      assert.deepEqual(error.fields.map(({ field }) => field).sort(), [
        'template.components.0.type',
        'template.language',
        'template.name',
        'template.odd',
      ])
      return true
    })
  })

  it("fails with Meta's words for whoever owns the template", async () => {
    const details = 'template name (order) does not exist in ru'
    fake.fail('messages', { status: 404, body: cloudError(132_001, { details }) })
    const work = run('360dialog', 'sendTemplate', template('42'), KNOWN)
    await assert.rejects(work, { message: `Meta answered 132001: ${details}` })
  })

  it('is not told as sent when Meta names no message, or says its error with a 200', async () => {
    const answers = [
      [{ messaging_product: 'whatsapp', messages: [] }, 'unknown'],
      [cloudError(132_001), 'not-sent'],
    ] as const
    for (const [body, outcome] of answers) {
      fake.fail('messages', { status: 200, body })
      const fault = await faultOf(run('cloud', 'sendTemplate', template('42'), KNOWN))
      assert.deepEqual([fault.disposition, fault.outcome], ['reject', outcome])
    }
  })
})

describe('reading and typing', () => {
  it('name the last message of the chat, or the one that is given', async () => {
    const { connector, line } = lineOf('cloud')
    for (const id of ['wamid.1', 'wamid.2']) number.received.add(id)
    const call = sendContext({ conversation: { ...KNOWN, lastMessageId: 'wamid.2' } })
    await connector.markRead?.(ANN.user_id, undefined, line, call)
    await connector.markRead?.(ANN.user_id, 'wamid.1', line, call)
    await connector.typing?.(ANN.user_id, line, call)
    const read = { messaging_product: 'whatsapp', status: 'read' }
    assert.deepEqual(
      fake.callsOf('messages').map(({ json }) => json),
      [
        { ...read, message_id: 'wamid.2' },
        { ...read, message_id: 'wamid.1' },
        { ...read, message_id: 'wamid.2', typing_indicator: { type: 'text' } },
      ],
    )
  })

  it('do nothing in a chat that was never heard of', async () => {
    const { connector, line } = lineOf('360dialog')
    await connector.markRead?.('7900', undefined, line, sendContext())
    await connector.typing?.('7900', line, sendContext())
    assert.equal(fake.calls.length, 0)
  })
})

describe('a file', () => {
  const bytes = Buffer.from('a voice')

  for (const provider of ['cloud', '360dialog'] as const) {
    it(`of ${provider} is found by its id, and opens with the credentials for five minutes`, async () => {
      fake.media.set('9876', { bytes, mime: 'audio/ogg' })
      const { connector, line } = lineOf(provider)
      const file = await connector.locateFile?.('9876', line, sendContext())
      assert.ok(file?.headers && file.url.startsWith(`${fake.url}/whatsapp_business/attachments/?`))
      const answer = await fetch(file.url, { headers: file.headers })
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes)
      assert.equal((await fetch(file.url)).status, 401)
      const later = Date.now() + 6 * 60_000
      fake.now = () => later
      assert.equal((await fetch(file.url, { headers: file.headers })).status, 404)
    })

    it(`that ${provider} has no more is gone`, async () => {
      const { connector, line } = lineOf(provider)
      const fault = await faultOf(
        connector.locateFile?.('1', line, sendContext()) ?? Promise.resolve(),
      )
      assert.deepEqual([fault.disposition, fault.channelCode], ['reject', 'HUB_FILE_GONE'])
    })
  }

  it('that could not be looked up for now is no lost one', async () => {
    fake.media.set('9876', { bytes, mime: 'audio/ogg' })
    fake.fail('9876', { status: 503, body: '<html>' })
    const { connector, line } = lineOf('cloud')
    const work = connector.locateFile?.('9876', line, sendContext()) ?? Promise.resolve()
    assert.equal((await faultOf(work)).disposition, 'retry')
  })
})
