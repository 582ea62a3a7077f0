import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import type { VkSettings } from '../../../connectors/vk/settings.ts'
import { secretKeyOf } from '../../../connectors/vk/verify.ts'
import { DeliveryError, ParamsError, TransportError } from '../../../src/core/errors.ts'
import type { Line } from '../../../src/core/line.ts'
import { FakeVk } from '../../fakes/vk.ts'
import type { Community, FakeServer } from '../../fakes/vk-community.ts'
import { sendContext } from '../../helpers/sending.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { createConnector, createLine, GROUP_ID, http, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeVk
let community: Community
let line: Line<VkSettings>

beforeEach(async () => {
  fake = new FakeVk()
  await fake.listen()
  community = fake.addCommunity({ id: GROUP_ID, name: 'Desk', token: TOKEN })
  line = createLine({ apiRoot: fake.url })
})
afterEach(() => fake[Symbol.asyncDispose]())
after(() => http.close())

async function report(of: Line<VkSettings>): Promise<unknown> {
  const result = await connector.testConnect(of, sendContext())
  return result.ok ? result : [result.error.code, result.error.field]
}

describe('testConnect', () => {
  it('gives the community and its name', async () => {
    assert.deepEqual(await report(line), { ok: true, identity: '7', name: 'Desk' })
  })

  it('names the token, the number or the address that is at fault', async () => {
    const apiRoot = fake.url
    const token = createLine({ apiRoot, accessToken: 'x' })
    assert.deepEqual(await report(token), ['HUB_CHANNEL_REFUSED', 'accessToken'])
    const group = createLine({ apiRoot, groupId: '8' })
    assert.deepEqual(await report(group), ['HUB_CHANNEL_REFUSED', 'groupId'])
    community.permissions = ['messages', 'photos']
    assert.deepEqual(await report(line), ['HUB_CHANNEL_REFUSED', 'accessToken'])
    const dead = createLine({ apiRoot: 'http://127.0.0.1:1' })
    assert.deepEqual(await report(dead), ['HUB_CHANNEL_UNREACHABLE', 'apiRoot'])
    const elsewhere = createLine({ apiRoot: `${apiRoot}/nothing` })
    assert.deepEqual(await report(elsewhere), ['HUB_CHANNEL_REFUSED', 'apiRoot'])
  })

  it('takes trouble that passes as unreachable, and throws when the hub breaks it off', async () => {
    fake.fail('groups.getById', { code: 10 })
    assert.deepEqual(await report(line), ['HUB_CHANNEL_UNREACHABLE', 'apiRoot'])
    const call = sendContext({ signal: AbortSignal.abort() })
    await assert.rejects(connector.testConnect(line, call), TransportError)
  })
})

function server(id: number, url: string): FakeServer {
  return { id, url, title: 't', secretKey: 's', status: 'ok', events: {} }
}

describe('the callback server', () => {
  it('is refused in words when VK can not confirm it', async () => {
    // Nobody listens at the address of this line.
    await assert.rejects(
      async () => connector.install?.(line, sendContext()),
      (error) => {
        assert.ok(error instanceof DeliveryError && error.fault.disposition === 'pause')
        return /could not confirm/.test(error.message)
      },
    )
    assert.equal(community.servers[0]?.secretKey, secretKeyOf(line))
  })

  it('is added to those of others; what this hub left behind goes away', async () => {
    const old = line.webhookUrl.replace('0123', 'ffff')
    community.servers.push(server(3, 'https://elsewhere.example/vk'), server(4, old))
    await connector.install?.(line, sendContext()).catch(() => undefined)
    assert.deepEqual(
      community.servers.map(({ url }) => url),
      ['https://elsewhere.example/vk', line.webhookUrl],
    )
    await connector.install?.(line, sendContext()).catch(() => undefined)
    assert.equal(community.servers.length, 2)
    assert.equal(fake.callsOf('groups.editCallbackServer').length, 1)
    await connector.uninstall?.(line, sendContext())
    assert.deepEqual(
      community.servers.map(({ id }) => id),
      [3],
    )
  })

  it('beyond the tenth is a person to sort out', async () => {
    for (let id = 1; id <= 10; id++) community.servers.push(server(id, `https://e.example/${id}`))
    await assert.rejects(
      async () => connector.install?.(line, sendContext()),
      (error) => {
        assert.ok(error instanceof DeliveryError)
        return error.fault.channelCode === '2000' && error.fault.disposition === 'pause'
      },
    )
  })
})

describe('long poll', () => {
  const polling = () => createLine({ apiRoot: fake.url, mode: 'longPoll' })
  const poll = (cursor?: string) => connector.poll?.(cursor, polling(), sendContext())

  it('is switched on, takes the callback server away, and gives events in order', async () => {
    community.servers.push(server(3, line.webhookUrl))
    assert.equal(connector.isPolling?.(polling()), true)
    await connector.install?.(polling(), sendContext())
    assert.deepEqual([community.servers.length, community.longPoll.isOn], [0, true])
    await fake.push(community, 'message_deny', { user_id: 55 })
    await fake.push(community, 'message_allow', { user_id: 55 })
    const batch = await poll('0')
    assert.equal(batch?.cursor, '2')
    const events = batch.updates.flatMap((update) => connector.parse(update, line, 1).events)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['chat.blocked', 'chat.unblocked'],
    )
  })

  it('begins where VK is, waits, and goes on behind what VK has forgotten', async () => {
    community.longPoll.isOn = true
    assert.deepEqual(await poll(), { updates: [], cursor: '0' })
    const waiting = poll('0')
    const hasAsked = () => fake.callsOf('groups.getLongPollServer').length === 2
    await waitFor(hasAsked, 'the poll to begin')
    await fake.push(community, 'message_deny', { user_id: 55 })
    assert.equal((await waiting)?.updates.length, 1)
    community.longPoll.forgottenBefore = 1
    assert.deepEqual(await poll('0'), { updates: [], cursor: '1' })
    assert.deepEqual(await poll('99'), { updates: [], cursor: '1' })
  })

  it('ends with the hub', async () => {
    community.longPoll.isOn = true
    const controller = new AbortController()
    const call = sendContext({ signal: controller.signal })
    const waiting = connector.poll?.('0', polling(), call)
    setImmediate(() => controller.abort())
    await assert.rejects(async () => waiting, TransportError)
  })
})

describe('a person', () => {
  const [method] = connector.methods
  const context = {
    signal: new AbortController().signal,
    conversation: async () => undefined,
    latestConversation: async () => undefined,
    remember: async () => undefined,
  }
  const ANN = {
    name: 'Ann',
    lastName: 'Lee',
    username: 'ann_lee',
    url: 'https://vk.com/ann_lee',
    picture: { url: 'https://sun9.userapi.example/ann.jpg' },
    sex: 'female',
  }

  it('has a name and a picture; a community is none', async () => {
    assert.deepEqual(await connector.profile?.('55', line, sendContext()), ANN)
    assert.equal(await connector.profile?.('-7', line, sendContext()), undefined)
  })

  it('is told by getUser, with the city', async () => {
    const told = await method?.run({ user: { id: '55' } }, line, context)
    assert.deepEqual(told, { id: '55', ...ANN, city: 'Moscow' })
    for (const params of [{}, { user: {} }, { user: { id: 'ann' } }, { user: { id: '5' }, x: 1 }]) {
      await assert.rejects(async () => method?.run(params, line, context), ParamsError)
    }
  })
})
