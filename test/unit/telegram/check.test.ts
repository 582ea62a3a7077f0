import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import type { TelegramSettings } from '../../../connectors/telegram/settings.ts'
import { DeliveryError } from '../../../src/core/errors.ts'
import type { ChannelFinding } from '../../../src/core/health.ts'
import type { Line } from '../../../src/core/line.ts'
import { type FakeTelegram, startFakeTelegram } from '../../fakes/telegram.ts'
import type { BotState } from '../../fakes/telegram-bot.ts'
import { sendContext } from '../../helpers/sending.ts'
import { BOT_ID, createConnector, createLine, files, http, TOKEN } from './helpers.ts'

const MINUTE_MS = 60_000
const connector = createConnector()
let fake: FakeTelegram
let bot: BotState
let line: Line<TelegramSettings>

beforeEach(async () => {
  fake = await startFakeTelegram()
  bot = fake.addBot({ token: TOKEN, id: BOT_ID })
  line = createLine({ apiRoot: fake.url })
  await connector.install?.(line, sendContext())
})
afterEach(() => fake[Symbol.asyncDispose]())
after(async () => {
  http.close()
  await files.close()
})

async function found(of = line): Promise<readonly ChannelFinding[] | undefined> {
  return await connector.check?.(of, sendContext())
}

function fails(agoMs: number, waiting: number): { at: number; words: string; waiting: number } {
  const at = Math.floor((Date.now() - agoMs) / 1000) * 1000
  bot.webhookError = { at, words: `Wrong response: 500 (${TOKEN})`, waiting }
  return bot.webhookError
}

describe('a check of a Telegram line', () => {
  it('asks once, and finds nothing after install', async () => {
    assert.deepEqual(await found(), [])
    assert.deepEqual(
      fake.calls.map(({ method }) => method),
      ['setWebhook', 'getWebhookInfo'],
    )
  })

  it('tells of an error that goes on, since when, and how many updates wait', async () => {
    const { at } = fails(30 * MINUTE_MS, 3)
    const words = 'Wrong response: 500 (…)'
    assert.deepEqual(await found(), [{ code: 'webhook_failing', words, since: at, waiting: 3 }])
  })

  it('tells once more of one that has just ended, and not of an older one', async () => {
    const { at } = fails(5 * MINUTE_MS, 0)
    const words = 'Wrong response: 500 (…)'
    assert.deepEqual(await found(), [{ code: 'webhook_failing', words, since: at }])
    fails(11 * MINUTE_MS, 0)
    assert.deepEqual(await found(), [])
    fails(61 * MINUTE_MS, 3)
    assert.deepEqual(await found(), [])
  })

  it('names the kinds of updates that were switched off', async () => {
    bot.webhook = { url: line.webhookUrl, allowedUpdates: ['inline_query'] }
    assert.deepEqual(await found(), [
      { code: 'permission_missing', permission: 'message', isVital: true },
      { code: 'permission_missing', permission: 'callback_query', isVital: false },
    ])
    bot.webhook = { url: line.webhookUrl, allowedUpdates: undefined }
    assert.deepEqual(await found(), [])
  })

  it("knows its address as Telegram writes it, and not another line's", async () => {
    bot.webhook = { url: line.webhookUrl.replace('hub.example', 'HUB.example:443') }
    assert.deepEqual(await found(), [])
    bot.webhook = { url: line.webhookUrl.replace('hash=0', 'hash=1') }
    assert.deepEqual(await found(), [{ code: 'webhook_overwritten', host: 'hub.example' }])
  })

  it('finds a token that is unknown, and one that is no token to the Bot API', async () => {
    fake.removeBot(TOKEN)
    const unknown = { code: 'token_refused', words: 'Telegram answered 401: Unauthorized' }
    assert.deepEqual(await found(), [unknown])
    fake.fail('getWebhookInfo', {
      status: 404,
      body: { ok: false, error_code: 404, description: 'Not Found' },
    })
    const none = { code: 'token_refused', words: 'Telegram answered 404: Not Found' }
    assert.deepEqual(await found(), [none])
  })

  it("doesn't take a gateway's 404 for one of the token", async () => {
    fake.fail('getWebhookInfo', { status: 404, body: '<html>no such host</html>' })
    await assert.rejects(found(), (error: unknown) => {
      return error instanceof DeliveryError && error.fault.disposition === 'retry'
    })
  })
})

describe('a check of a Telegram line that polls', () => {
  it('finds nothing without a webhook, and whoever has set one', async () => {
    const polling = createLine({ apiRoot: fake.url, mode: 'polling' })
    const own = { code: 'polling_stopped', words: 'webhook: hub.example' }
    assert.deepEqual(await found(polling), [own])
    await connector.install?.(polling, sendContext())
    assert.deepEqual(await found(polling), [])
    bot.webhook = { url: 'https://rival.example/secret' }
    const rivals = { code: 'polling_stopped', words: 'webhook: rival.example' }
    assert.deepEqual(await found(polling), [rivals])
  })

  it('has no errors of a webhook that is gone', async () => {
    const polling = createLine({ apiRoot: fake.url, mode: 'polling' })
    await connector.install?.(polling, sendContext())
    fails(0, 3)
    assert.deepEqual(await found(polling), [])
  })
})
