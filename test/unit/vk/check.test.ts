import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import type { VkSettings } from '../../../connectors/vk/settings.ts'
import { secretKeyOf } from '../../../connectors/vk/verify.ts'
import { DeliveryError } from '../../../src/core/errors.ts'
import type { ChannelFinding } from '../../../src/core/health.ts'
import type { Line } from '../../../src/core/line.ts'
import { FakeVk } from '../../fakes/vk.ts'
import type { Community, FakeServer } from '../../fakes/vk-community.ts'
import { sendContext } from '../../helpers/sending.ts'
import { createConnector, createLine, GROUP_ID, http, TOKEN } from './helpers.ts'

const RIVAL = 'https://rival.example/vk'
const connector = createConnector()
let fake: FakeVk
let community: Community
let line: Line<VkSettings>
let own: FakeServer

beforeEach(async () => {
  fake = new FakeVk()
  await fake.listen()
  community = fake.addCommunity({ id: GROUP_ID, name: 'Desk', token: TOKEN })
  line = createLine({ apiRoot: fake.url })
  own = {
    id: 4,
    url: line.webhookUrl,
    title: 'Openlines Hub',
    secretKey: secretKeyOf(line),
    status: 'ok',
    events: { message_new: '1', message_event: '1' },
  }
  community.servers.push(own)
})
afterEach(() => fake[Symbol.asyncDispose]())
after(() => http.close())

async function found(of = line): Promise<readonly ChannelFinding[] | undefined> {
  return await connector.check?.(of, sendContext())
}

const MISSING = [{ code: 'webhook_missing' }]
const MANAGE = [{ code: 'permission_missing', permission: 'manage', isVital: false }]

describe('a check of a VK line', () => {
  it("finds nothing at its server, whoever else's stands beside it", async () => {
    community.servers.unshift({ ...own, id: 1, url: RIVAL, title: 'CRM', status: 'failed' })
    community.servers.push({ ...own, id: 9, url: 'https://other-hub.example/webhook?hash=1' })
    assert.deepEqual(await found(), [])
    assert.equal(fake.calls.length, 3)
  })

  it("finds that it has gone, and doesn't blame who is left", async () => {
    community.servers.splice(0, 1, { ...own, url: RIVAL, title: 'CRM' })
    assert.deepEqual(await found(), MISSING)
    const sibling = line.webhookUrl.replace('hash=0', 'hash=1')
    community.servers.splice(0, 1, { ...own, url: sibling })
    assert.deepEqual(await found(), MISSING)
  })

  it('finds that its server was given another address', async () => {
    own.url = RIVAL
    assert.deepEqual(await found(), [{ code: 'webhook_overwritten', host: 'rival.example' }])
  })

  it('finds a server that VK has not confirmed', async () => {
    for (const status of ['failed', 'wait'] as const) {
      own.status = status
      const words = `VK has not confirmed the address: ${status}`
      assert.deepEqual(await found(), [{ code: 'webhook_failing', words }])
    }
    own.status = 'unconfigured'
    assert.deepEqual(await found(), MISSING)
  })

  it('finds another secret key, with which nothing would be believed', async () => {
    own.secretKey = 'of-somebody-else'
    assert.deepEqual(await found(), [
      { code: 'webhook_failing', words: 'VK has another secret key' },
    ])
  })

  it('names the events that were switched off', async () => {
    own.events = { message_reply: '1' }
    assert.deepEqual(await found(), [
      { code: 'permission_missing', permission: 'message_new', isVital: true },
      { code: 'permission_missing', permission: 'message_event', isVital: false },
    ])
  })

  it('names rights that the token lacks', async () => {
    community.permissions = ['photos', 'manage']
    assert.deepEqual(await found(), [
      { code: 'permission_missing', permission: 'messages', isVital: true },
    ])
    community.permissions = ['messages']
    assert.deepEqual(await found(), MANAGE)
    // As of tokens of managers, whose rights VK doesn't list.
    community.permissions = ['messages', 'manage']
    fake.fail('groups.getCallbackServers', { code: 7 })
    assert.deepEqual(await found(), MANAGE)
  })

  it('finds a token that is refused, by either of its codes', async () => {
    for (const code of [5, 27]) {
      fake.fail('groups.getTokenPermissions', { code, words: `bad ${TOKEN}` })
      const words = `VK answered ${code}: bad …`
      assert.deepEqual(await found(), [{ code: 'token_refused', words }])
    }
  })

  it('takes an address that answers 404 for one that can not be reached', async () => {
    await assert.rejects(
      found(createLine({ apiRoot: `${fake.url}/nothing` })),
      (error: unknown) => {
        return error instanceof DeliveryError && error.fault.disposition === 'retry'
      },
    )
  })
})

describe('a check of a VK line that polls', () => {
  it('finds a long poll that was switched off, or gives no messages', async () => {
    const polling = createLine({ apiRoot: fake.url, mode: 'longPoll' })
    await connector.install?.(polling, sendContext())
    assert.deepEqual(await found(polling), [])
    community.longPoll.kinds = { message_event: '1' }
    assert.deepEqual(await found(polling), [
      { code: 'permission_missing', permission: 'message_new', isVital: true },
    ])
    community.longPoll.isOn = false
    const words = 'the long poll is switched off in VK'
    assert.deepEqual(await found(polling), [{ code: 'polling_stopped', words }])
  })
})
