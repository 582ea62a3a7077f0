import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { FakeWhatsApp } from '../../fakes/whatsapp.ts'
import { cloudError, HTML_503, layerError } from '../../fakes/whatsapp-errors.ts'
import type { FakeNumber } from '../../fakes/whatsapp-model.ts'
import { NUMBER, SECRETS, startFakeWhatsApp } from '../../helpers/whatsapp-kit.ts'
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

function lineOf(provider: Provider, more: Readonly<Record<string, string>> = {}): OpenLine {
  const line = openLine(provider, more['apiRoot'] ?? fake.url, more)
  open.push(line)
  return line
}

async function test(provider: Provider, more: Readonly<Record<string, string>> = {}) {
  const { connector, line } = lineOf(provider, more)
  return await connector.testConnect(line, sendContext())
}

async function blamed(provider: Provider, more: Readonly<Record<string, string>> = {}) {
  const report = await test(provider, more)
  assert.ok(!report.ok)
  for (const secret of Object.values(SECRETS)) assert.ok(!report.error.message.includes(secret))
  return [report.error.code, report.error.field]
}

const REFUSED = 'HUB_CHANNEL_REFUSED'
const UNREACHABLE = 'HUB_CHANNEL_UNREACHABLE'
const NAME = 'Desk (+250 788 123 200)'

describe("a test of Meta's Cloud API", () => {
  it('tells the number, its name and its phone number', async () => {
    assert.deepEqual(await test('cloud'), { ok: true, identity: NUMBER.id, name: NAME })
    assert.ok(fake.calls.every(({ query }) => !Object.values(query).includes(SECRETS.token)))
  })

  it('names the setting that is at fault', async () => {
    assert.deepEqual(await blamed('cloud', { accessToken: 'x' }), [REFUSED, 'accessToken'])
    assert.deepEqual(await blamed('cloud', { phoneNumberId: '1' }), [REFUSED, 'phoneNumberId'])
    assert.deepEqual(await blamed('cloud', { wabaId: '1' }), [REFUSED, 'wabaId'])
    assert.deepEqual(await blamed('cloud', { appSecret: 'x' }), [REFUSED, 'appSecret'])
    assert.deepEqual(await blamed('cloud', { apiRoot: 'http://127.0.0.1:1' }), [
      UNREACHABLE,
      'apiRoot',
    ])
  })

  it('finds a number on a later page of its account, and misses one that is not there', async () => {
    fake.numbers.unshift(
      ...Array.from({ length: 60 }, (_, index) => ({
        ...number,
        id: `9${index}`,
        token: `t${index}`,
        apiKey: '',
      })),
    )
    assert.equal((await test('cloud')).ok, true)
    Object.assign(number, { wabaId: '555' })
    assert.deepEqual(await blamed('cloud'), [REFUSED, 'wabaId'])
  })

  it("takes a missing permission for the token's fault, and trouble for nobody's", async () => {
    fake.fail(NUMBER.id, { status: 403, body: cloudError(200) })
    assert.deepEqual(await blamed('cloud'), [REFUSED, 'accessToken'])
    fake.fail(NUMBER.id, { status: 403, body: cloudError(131_031) })
    assert.deepEqual(await blamed('cloud'), [REFUSED, undefined])
    fake.fail(NUMBER.id, { status: 404, body: '<html>' })
    assert.deepEqual(await blamed('cloud'), [UNREACHABLE, 'apiRoot'])
  })
})

describe("what is not told of an account's numbers", () => {
  it('is no reason to refuse the account', async () => {
    const faults = [
      { status: 503, body: HTML_503 },
      { status: 403, body: cloudError(200) },
      { status: 400, body: cloudError(100) },
      { status: 404, body: '<html>' },
      { status: 200, body: { data: [] } },
      { reset: true },
    ]
    for (const fault of faults) {
      fake.fail('phone_numbers', fault)
      assert.equal((await test('cloud')).ok, true, JSON.stringify(fault))
    }
  })
})

describe('a test of 360dialog', () => {
  const KEY_IDENTITY = `key:${hash('sha256', SECRETS.apiKey, 'hex').slice(0, 32)}`

  it("tells the number's id, its name and its phone number", async () => {
    assert.deepEqual(await test('360dialog'), { ok: true, identity: NUMBER.id, name: NAME })
  })

  it('goes by the key where 360dialog does not tell the number', async () => {
    number.isHealthHidden = true
    assert.deepEqual(await test('360dialog'), { ok: true, identity: KEY_IDENTITY })
    delete number.isHealthHidden
    for (const status of [404, 405, 500, 503]) {
      fake.fail('health_status', { status, body: layerError(status, 'no') })
      assert.deepEqual(await test('360dialog'), { ok: true, identity: KEY_IDENTITY })
    }
    fake.fail('health_status', { status: 200, body: { health_status: { entities: [{}] } } })
    assert.deepEqual(await test('360dialog'), { ok: true, identity: KEY_IDENTITY })
  })

  it('names the key, or the address', async () => {
    assert.deepEqual(await blamed('360dialog', { apiKey: 'x' }), [REFUSED, 'apiKey'])
    fake.fail('health_status', { status: 401, body: layerError(401, 'no') })
    assert.deepEqual(await blamed('360dialog'), [REFUSED, 'apiKey'])
    fake.fail('v1/configs/webhook', { status: 404, body: '<html>' })
    assert.deepEqual(await blamed('360dialog'), [UNREACHABLE, 'apiRoot'])
    fake.fail('v1/configs/webhook', { status: 503, body: HTML_503 })
    assert.deepEqual(await blamed('360dialog'), [UNREACHABLE, 'apiRoot'])
  })

  it('says so when it replaces a webhook', async () => {
    number.webhook = { url: 'https://elsewhere.example/', headers: {} }
    const { connector, line, logged } = lineOf('360dialog')
    await connector.testConnect(line, sendContext())
    assert.equal(logged[0]?.['event'], 'whatsapp.webhook-taken-over')
  })
})

describe('a webhook', () => {
  it("of Meta is the number's own, and taken away from the number alone", async () => {
    const { connector, line } = lineOf('cloud')
    await connector.install?.(line, sendContext())
    assert.ok(number.app.subscribed.has(NUMBER.wabaId))
    assert.equal(number.override, line.webhookUrl)
    await connector.uninstall?.(line, sendContext())
    assert.equal(number.override, undefined)
    assert.ok(number.app.subscribed.has(NUMBER.wabaId))
  })

  it("that Meta refuses to make the number's own has to be entered by hand", async () => {
    const { connector, line, logged } = lineOf('cloud')
    const long = { ...line, webhookUrl: `https://hub.example/${'x'.repeat(200)}` }
    await connector.install?.(long, sendContext())
    assert.equal(logged[0]?.['event'], 'whatsapp.override-refused')
  })

  it("that could not be set for passing trouble, or an account that can't be subscribed, fails", async () => {
    const { connector, line } = lineOf('cloud')
    fake.fail(NUMBER.id, { status: 503, body: HTML_503 })
    const install = () => connector.install?.(line, sendContext()) ?? Promise.resolve()
    assert.equal((await faultOf(install())).disposition, 'retry')
    fake.fail('subscribed_apps', { status: 400, body: cloudError(200) })
    assert.equal((await faultOf(install())).disposition, 'pause')
  })

  it("of 360dialog carries the line's secret, and is emptied", async () => {
    const { connector, line } = lineOf('360dialog')
    await connector.install?.(line, sendContext())
    assert.deepEqual(number.webhook, {
      url: line.webhookUrl,
      headers: { 'X-Hub-Token': line.webhookSecret },
    })
    await connector.uninstall?.(line, sendContext())
    assert.equal(number.webhook?.url, '')
    const body = layerError(400, `X-Hub-Token ${line.webhookSecret} is odd`)
    fake.fail('v1/configs/webhook', { status: 400, body })
    await assert.rejects(Promise.resolve(connector.install?.(line, sendContext())), {
      message: '360dialog answered 400: X-Hub-Token … is odd',
    })
  })
})
