import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import type { ViberSettings } from '../../../connectors/viber/settings.ts'
import type { ChannelFinding } from '../../../src/core/health.ts'
import type { Line } from '../../../src/core/line.ts'
import { FakeViber, type ViberAccount } from '../../fakes/viber.ts'
import { sendContext } from '../../helpers/sending.ts'
import { createConnector, createLine, http, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeViber
let account: ViberAccount
let line: Line<ViberSettings>

beforeEach(async () => {
  fake = new FakeViber()
  await fake.listen()
  account = fake.addAccount({ token: TOKEN, id: 'pa:753465942754', name: 'Desk' })
  line = createLine({ apiRoot: fake.url })
  account.webhook = line.webhookUrl
})
afterEach(() => fake[Symbol.asyncDispose]())
after(() => http.close())

async function found(): Promise<readonly ChannelFinding[] | undefined> {
  return await connector.check?.(line, sendContext())
}

describe('a check of a Viber line', () => {
  it('asks once, and compares the webhook', async () => {
    assert.deepEqual(await found(), [])
    assert.deepEqual(
      fake.calls.map(({ method }) => method),
      ['get_account_info'],
    )
    account.webhook = 'https://rival.example/viber'
    assert.deepEqual(await found(), [{ code: 'webhook_overwritten', host: 'rival.example' }])
    account.webhook = ''
    assert.deepEqual(await found(), [{ code: 'webhook_missing' }])
  })

  it('tells a token that is refused from an account that is blocked', async () => {
    for (const [viberStatus, code] of [
      [2, 'token_refused'],
      [8, 'token_refused'],
      [7, 'channel_limits'],
      [9, 'channel_limits'],
      [24, 'channel_limits'],
    ] as const) {
      fake.fail('get_account_info', { viberStatus, words: `of ${TOKEN}` })
      const [finding] = (await found()) ?? []
      assert.equal(finding?.code, code, `${viberStatus}`)
      assert.ok(!JSON.stringify(finding).includes(TOKEN))
    }
  })
})
