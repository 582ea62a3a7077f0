import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { ChannelFinding } from '../../../src/core/health.ts'
import type { FakeWhatsApp } from '../../fakes/whatsapp.ts'
import { cloudError, layerError } from '../../fakes/whatsapp-errors.ts'
import type { FakeNumber } from '../../fakes/whatsapp-model.ts'
import { startFakeWhatsApp } from '../../helpers/whatsapp-kit.ts'
import { type OpenLine, openLine, type Provider, sendContext } from './helpers.ts'

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

/** A line that is connected, and what a check of it finds. */
async function connect(
  provider: Provider,
): Promise<() => Promise<readonly ChannelFinding[] | undefined>> {
  const opened = openLine(provider, fake.url)
  open.push(opened)
  const { connector, line } = opened
  await connector.install?.(line, sendContext())
  return async () => await connector.check?.(line, sendContext())
}

const MISSING = [{ code: 'webhook_missing' }]
const RIVAL = [{ code: 'webhook_overwritten', host: 'rival.example' }]

describe("a check of a line of Meta's Cloud API", () => {
  it('finds nothing after install, with two reading calls', async () => {
    const check = await connect('cloud')
    const before = fake.calls.length
    assert.deepEqual(await check(), [])
    assert.deepEqual(
      fake.calls.slice(before).map(({ method }) => method),
      ['GET', 'GET'],
    )
  })

  it("finds another's address, and none where only the app's is left", async () => {
    const check = await connect('cloud')
    number.override = 'https://rival.example/hook'
    assert.deepEqual(await check(), RIVAL)
    delete number.override
    assert.deepEqual(await check(), MISSING)
    number.app.callbackUrl = 'https://vendor.example/hook'
    assert.deepEqual(await check(), MISSING)
    // Entered in the dashboard, for any of the hub's lines.
    number.app.callbackUrl = 'https://hub.example/webhook?hash=of-a-sibling'
    assert.deepEqual(await check(), [])
  })

  it('finds an account that no longer tells the app anything', async () => {
    const check = await connect('cloud')
    number.app.subscribed.clear()
    assert.deepEqual(await check(), MISSING)
    const other = { whatsapp_business_api_data: { id: '8', name: 'Other' } }
    fake.fail('subscribed_apps', { status: 200, body: { data: [other] } })
    assert.deepEqual(await check(), MISSING)
    fake.fail('subscribed_apps', { status: 400, body: cloudError(200) })
    assert.deepEqual(await check(), [])
  })

  it('tells what Meta holds against the number, all at once', async () => {
    const check = await connect('cloud')
    Object.assign(number, { status: 'FLAGGED', quality: 'RED' })
    number.blockedFor = 'There is no payment method'
    const words =
      'status FLAGGED; quality rating RED; waba blocked: There is no payment method: Pay it'
    assert.deepEqual(await check(), [{ code: 'channel_limits', words }])
    number.override = 'https://rival.example/hook'
    assert.deepEqual(await check(), [...RIVAL, { code: 'channel_limits', words }])
  })

  it('tells nothing of a number that is fair, or in a state that is new', async () => {
    const check = await connect('cloud')
    for (const quality of ['YELLOW', 'UNKNOWN', 'NA']) {
      Object.assign(number, { status: 'BRAND_NEW', quality })
      assert.deepEqual(await check(), [])
    }
  })

  it('tells a permission, a locked account and a number that is gone apart', async () => {
    const check = await connect('cloud')
    const body = (code: number, subcode?: number) => ({
      status: 400,
      body: cloudError(code, subcode === undefined ? {} : { subcode }),
    })
    fake.fail(number.id, body(200))
    const permission = 'whatsapp_business_management'
    assert.deepEqual(await check(), [{ code: 'permission_missing', permission, isVital: false }])
    fake.fail(number.id, body(131_031))
    assert.equal((await check())?.[0]?.code, 'channel_limits')
    fake.fail(number.id, body(100, 33))
    assert.equal((await check())?.[0]?.code, 'token_refused')
  })
})

describe("a check of a line of 360dialog's", () => {
  it('asks once, and compares the webhook', async () => {
    const check = await connect('360dialog')
    const before = fake.calls.length
    assert.deepEqual(await check(), [])
    assert.equal(fake.calls.length, before + 1)
    number.webhook = { url: 'https://rival.example/hook', headers: {} }
    assert.deepEqual(await check(), RIVAL)
    number.webhook = { url: 'https://hub.example/webhook?hash=of-another-line', headers: {} }
    assert.deepEqual(await check(), [{ code: 'webhook_overwritten', host: 'hub.example' }])
    delete number.webhook
    assert.deepEqual(await check(), MISSING)
  })

  it('finds a key that is refused, and an account that is not paid for', async () => {
    const check = await connect('360dialog')
    number.apiKey = 'another'
    const [refused] = (await check()) ?? []
    assert.equal(refused?.code, 'token_refused')
    const unpaid = layerError(400, 'the account is disabled, payment is due')
    fake.fail('webhook', { status: 400, body: unpaid })
    const [limits] = (await check()) ?? []
    assert.equal(limits?.code, 'channel_limits')
  })
})
