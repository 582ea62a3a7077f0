import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MethodContext } from '../../../src/core/connector.ts'
import { DeliveryError, ParamsError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { APP_ID, type Bench, openBench } from './kit.ts'

function context(latest?: JsonObject): MethodContext & { remembered: [string, JsonObject][] } {
  const remembered: [string, JsonObject][] = []
  return {
    remembered,
    signal: new AbortController().signal,
    conversation: () => Promise.resolve(undefined),
    latestConversation: () => Promise.resolve(latest),
    remember(chatId, value) {
      remembered.push([chatId, value])
      return Promise.resolve()
    },
  }
}

async function create(bench: Bench, params: unknown, call: MethodContext): Promise<unknown> {
  const [method] = bench.connector.methods
  assert.equal(method?.name, 'createConversation')
  return method.run(params, bench.line, call)
}

async function faults(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => assert.fail('nothing was thrown'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ParamsError, String(error))
  return error.fields.map((fault) => fault.field)
}

describe('createConversation', () => {
  it("takes address, bot and tenant from the line's latest chat and remembers the new one", async () => {
    await using bench = await openBench('botframework.msteams')
    const call = context({ ...bench.call().conversation, tenantId: 'tenant' })
    const result = await create(bench, { user: { id: '29:new', name: 'Boris' } }, call)
    assert.deepEqual(result, { chat: { id: 'act-1' } })
    assert.deepEqual(bench.fake.calls[0]?.path, '/emea/v3/conversations')
    assert.deepEqual(bench.fake.calls[0]?.body, {
      isGroup: false,
      bot: { id: `28:${APP_ID}`, name: 'Desk' },
      members: [{ id: '29:new', name: 'Boris' }],
      tenantId: 'tenant',
      channelData: { tenant: { id: 'tenant' } },
    })
    assert.deepEqual(call.remembered, [
      [
        'act-1',
        {
          serviceUrl: bench.fake.serviceUrl,
          channelId: 'msteams',
          conversationId: 'act-1',
          bot: { id: `28:${APP_ID}`, name: 'Desk' },
          user: { id: '29:new', name: 'Boris' },
          tenantId: 'tenant',
          isGroup: false,
        },
      ],
    ])
  })

  it('works on a line to which nobody has written, given the address', async () => {
    await using bench = await openBench('botframework')
    const call = context()
    const params = {
      user: { id: '29:new' },
      serviceUrl: bench.fake.serviceUrl,
      channelId: 'msteams',
    }
    assert.deepEqual(await create(bench, params, call), { chat: { id: 'act-1' } })
    const body = bench.fake.calls[0]?.body as { bot: unknown }
    assert.deepEqual(body.bot, { id: `28:${APP_ID}` })
  })

  it('never goes to a host outside the allow-list', async () => {
    await using bench = await openBench('botframework.msteams')
    const serviceUrl = 'https://evil.example/'
    const user = { id: 'u' }
    assert.deepEqual(await faults(create(bench, { user, serviceUrl }, context())), ['serviceUrl'])
    const latest = { ...bench.call().conversation, serviceUrl }
    assert.deepEqual(await faults(create(bench, { user }, context(latest))), ['serviceUrl'])
    assert.deepEqual(bench.requests, [])
  })

  it('names every faulty param', async () => {
    await using bench = await openBench('botframework')
    const bad = { user: { id: '' }, text: 'x', isGroup: 'no' }
    const named = [...(await faults(create(bench, bad, context())))].sort()
    assert.deepEqual(named, ['isGroup', 'text', 'user.id'])
    const missing = await faults(create(bench, { user: { id: 'u' } }, context()))
    assert.deepEqual(missing, ['channelId', 'serviceUrl'])
  })

  it("refuses another channel than the connector's own", async () => {
    await using bench = await openBench('botframework.msteams')
    const params = { user: { id: 'u' }, channelId: 'slack', serviceUrl: bench.fake.serviceUrl }
    assert.deepEqual(await faults(create(bench, params, context())), ['channelId'])
  })

  it('passes the refusal of the channel on', async () => {
    await using bench = await openBench('botframework.msteams')
    bench.fake.fail('connector', { status: 403, body: { error: { code: 'BotDisabledByAdmin' } } })
    const work = create(bench, { user: { id: 'u' } }, context(bench.call().conversation))
    await assert.rejects(work, DeliveryError)
  })
})
