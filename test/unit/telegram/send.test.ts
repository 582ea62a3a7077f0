import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import type { TelegramSettings } from '../../../connectors/telegram/settings.ts'
import { DeliveryError, ParamsError, TransportError } from '../../../src/core/errors.ts'
import type { Line } from '../../../src/core/line.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { type FakeTelegram, type Fault, startFakeTelegram } from '../../fakes/telegram.ts'
import { sendContext } from '../../helpers/sending.ts'
import { BOT_ID, createConnector, createLine, files, http, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeTelegram
let line: Line<TelegramSettings>
const text = plainText('hello')

beforeEach(async () => {
  fake = await startFakeTelegram()
  fake.addBot({ token: TOKEN, id: BOT_ID, username: 'desk_bot' })
  line = createLine({ apiRoot: `${fake.url}/` })
})
afterEach(() => fake[Symbol.asyncDispose]())
after(async () => {
  http.close()
  await files.close()
})

async function failure(
  call: Promise<unknown> | undefined,
): Promise<DeliveryError | TransportError> {
  const error = await call?.then(
    () => assert.fail('succeeded'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DeliveryError || error instanceof TransportError, inspect(error))
  assert.ok(!inspect(error, { depth: 9 }).includes(TOKEN))
  return error
}

async function fault(call: Promise<unknown> | undefined): Promise<DeliveryError['fault']> {
  const error = await failure(call)
  assert.ok(error instanceof DeliveryError, inspect(error))
  return error.fault
}

function badRequest(description: string, parameters?: object): Fault {
  const body = {
    ok: false,
    error_code: 400,
    description: `Bad Request: ${description}`,
    parameters,
  }
  return { status: 400, body }
}

describe('send', () => {
  it('gives the ids of all parts in order', async () => {
    const long = plainText(`${'x'.repeat(4000)}\n${'y'.repeat(4000)}`)
    const files = [{ url: 'https://f.example/a.jpg' }]
    const receipt = await connector.send('55', { text: long, files }, line, sendContext())
    assert.deepEqual(receipt, { messageIds: ['1', '2', '3'] })
    assert.deepEqual(
      fake.calls.map((call) => call.method),
      ['sendMessage', 'sendMessage', 'sendPhoto'],
    )
    assert.equal(fake.calls[0]?.params['chat_id'], 55)
  })

  it('refused entities are left out once', async () => {
    fake.fail('sendMessage', badRequest("can't parse entities: x"))
    const bold = [{ type: 'bold' as const, children: text }]
    await connector.send('55', { text: bold }, line, sendContext())
    assert.deepEqual(
      fake.calls.map(({ params }) => 'entities' in params),
      [true, false],
    )
  })

  it('a group that moved is reached under its new id, also when the hub knows it beforehand', async () => {
    fake.bot(BOT_ID).migrated.set(-55, -100_55)
    await connector.send('-55', { text }, line, sendContext())
    assert.deepEqual(
      fake.calls.map(({ params }) => params['chat_id']),
      [-55, -100_55],
    )
    const conversation = { movedTo: '-10055', businessConnectionId: 'bc1' }
    await connector.send('-55', { text }, line, sendContext({ conversation }))
    assert.deepEqual(fake.calls.at(-1)?.params, {
      chat_id: -100_55,
      business_connection_id: 'bc1',
      text: 'hello',
    })
  })

  it('an empty message is rejected without a call', async () => {
    const { disposition } = await fault(connector.send('55', {}, line, sendContext()))
    assert.equal(disposition, 'reject')
    assert.equal(fake.calls.length, 0)
  })

  it('tells of each part that is out, and goes on behind it the next time', async () => {
    fake.fail('sendDocument', {
      status: 429,
      body: { ok: false, error_code: 429, parameters: { retry_after: 3 } },
    })
    const files = [{ url: 'https://f.example/a.jpg' }, { url: 'https://f.example/b.pdf' }]
    const message = { text: plainText('words '.repeat(900)), files }
    const done: (readonly string[])[] = []
    const partSent = async (ids: readonly string[]): Promise<void> => void done.push(ids)
    const partly = await fault(connector.send('55', message, line, sendContext({ partSent })))
    assert.deepEqual(
      [partly.disposition, partly.outcome, partly.retryAfterMs],
      ['retry', 'not-sent', 3000],
    )
    const before = fake.callsOf('sendMessage').length
    assert.equal(done.length, before + 1, 'the text and the picture')
    const receipt = await connector.send('55', message, line, sendContext({ done }))
    assert.equal(fake.callsOf('sendMessage').length, before, 'the text was not sent again')
    assert.equal(receipt.messageIds.length, before + files.length)
  })
})

describe('errors become decisions', () => {
  const html = { status: 502, body: '<html>Bad Gateway</html>' }
  const cases: [name: string, Fault, disposition: string, outcome: string][] = [
    ['401', { status: 401 }, 'pause', 'not-sent'],
    ['404', { status: 404 }, 'pause', 'not-sent'],
    ['403', { status: 403 }, 'reject', 'not-sent'],
    ['400', badRequest('chat not found'), 'reject', 'not-sent'],
    ['413', { status: 413 }, 'reject', 'not-sent'],
    ['409', { status: 409 }, 'retry', 'not-sent'],
    ['429', { status: 429 }, 'retry', 'not-sent'],
    ['500', { status: 500 }, 'retry', 'unknown'],
    ['502 in HTML', html, 'retry', 'unknown'],
    ['200 without sense', { status: 200, body: 'hello' }, 'retry', 'unknown'],
    ['302', { status: 302, body: '', headers: { location: '/x' } }, 'retry', 'not-sent'],
  ]
  for (const [name, scripted, disposition, outcome] of cases) {
    it(name, async () => {
      fake.fail('sendMessage', scripted)
      const decided = await fault(connector.send('55', { text }, line, sendContext()))
      assert.deepEqual([decided.disposition, decided.outcome], [disposition, outcome])
      assert.equal(decided.channelCode, name.slice(0, 3))
    })
  }

  it('429 waits as long as the body says, else as the header says', async () => {
    const body = { ok: false, error_code: 429, description: 'x', parameters: { retry_after: 7 } }
    fake.fail('sendMessage', { status: 429, body, headers: { 'retry-after': '9' } })
    fake.fail('sendMessage', { status: 429, headers: { 'retry-after': '9' } })
    for (const expected of [7000, 9000]) {
      const { retryAfterMs } = await fault(connector.send('55', { text }, line, sendContext()))
      assert.equal(retryAfterMs, expected)
    }
  })

  it('a person who blocked the bot is a rejection in Telegram’s words', async () => {
    await fake.personBlocks({ botId: BOT_ID, chatId: 55 })
    const error = await failure(connector.send('55', { text }, line, sendContext()))
    assert.match(error.message, /403: Forbidden: bot was blocked by the user/)
  })

  it('a reset is passed on as it is', async () => {
    fake.fail('sendMessage', { reset: true })
    const error = await failure(connector.send('55', { text }, line, sendContext()))
    assert.ok(error instanceof TransportError)
    assert.equal(error.outcome, 'unknown')
  })

  it('a token quoted by the server is blotted out', async () => {
    fake.fail('sendMessage', badRequest(`/bot${TOKEN}/sendMessage is bad`))
    await failure(connector.send('55', { text }, line, sendContext()))
  })
})

describe('edits, deletions, typing', () => {
  it('replace the text, and an unchanged one is a success', async () => {
    await connector.send('55', { text }, line, sendContext())
    const edited = { text: plainText('bye') }
    for (const _ of [1, 2]) {
      const receipt = await connector.update?.('55', '1', edited, line, sendContext())
      assert.deepEqual(receipt, { messageIds: ['1'] })
    }
    const gone = await fault(connector.update?.('55', '99', edited, line, sendContext()))
    assert.equal(gone.disposition, 'reject')
  })

  it('replace the caption of a message that has a file', async () => {
    await connector.send('55', { files: [{ url: 'https://f.example/a.jpg' }] }, line, sendContext())
    const edited = { text: plainText('bye') }
    const receipt = await connector.update?.('55', '1', edited, line, sendContext())
    assert.deepEqual(receipt, { messageIds: ['1'] })
    assert.deepEqual(
      fake.calls.slice(1).map((call) => [call.method, call.params['caption']]),
      [
        ['editMessageText', undefined],
        ['editMessageCaption', 'bye'],
      ],
    )
  })

  it('send what is too long for one message as answers, and tell of all parts', async () => {
    await connector.send('55', { text }, line, sendContext())
    const edited = { text: plainText(`${'x'.repeat(4000)}\n${'y'.repeat(4000)}`) }
    const receipt = await connector.update?.('55', '1', edited, line, sendContext())
    assert.deepEqual(receipt, { messageIds: ['1', '2'] })
    fake.fail('sendMessage', badRequest('chat not found'))
    const longer = { text: plainText(`${'z'.repeat(4000)}\n${'y'.repeat(4000)}`) }
    const half = await fault(connector.update?.('55', '1', longer, line, sendContext()))
    assert.equal(half.outcome, 'not-sent')
  })

  it('delete, also what is already gone', async () => {
    await connector.send('55', { text }, line, sendContext())
    await connector.remove?.('55', '1', line, sendContext())
    await connector.remove?.('55', '1', line, sendContext())
    fake.fail('deleteMessage', badRequest("message can't be deleted"))
    await fault(connector.remove?.('55', '1', line, sendContext()))
  })

  it('show typing', async () => {
    await connector.typing?.('55', line, sendContext())
    assert.deepEqual(fake.calls[0]?.params, { chat_id: 55, action: 'typing' })
  })
})

describe('getChat', () => {
  const [getChat] = connector.methods
  const method = {
    ...sendContext(),
    conversation: () => Promise.resolve(undefined),
    latestConversation: () => Promise.resolve(undefined),
    remember: () => Promise.resolve(),
  }
  it('tells about a chat', async () => {
    assert.deepEqual(await getChat?.run({ chat: { id: '55' } }, line, method), {
      id: '55',
      kind: 'private',
      name: 'Ann',
    })
  })
  it('refuses params that are none', async () => {
    for (const params of [{}, { chat: { id: 5 } }, { chat: { id: '5' }, x: 1 }, null]) {
      await assert.rejects(async () => getChat?.run(params, line, method), ParamsError)
    }
  })
})
