import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import { telegram } from '../../../connectors/telegram/index.ts'
import type { TelegramSettings } from '../../../connectors/telegram/settings.ts'
import { DeliveryError, SettingsError } from '../../../src/core/errors.ts'
import type { Line } from '../../../src/core/line.ts'
import { readSettings } from '../../../src/core/settings.ts'
import { type FakeTelegram, startFakeTelegram } from '../../fakes/telegram.ts'
import { sendContext } from '../../helpers/sending.ts'
import { BOT_ID, createConnector, createLine, http, SECRET, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeTelegram
let line: Line<TelegramSettings>

beforeEach(async () => {
  fake = await startFakeTelegram()
  fake.addBot({ token: TOKEN, id: BOT_ID, username: 'desk_bot' })
  line = createLine({ apiRoot: fake.url })
})
afterEach(() => fake[Symbol.asyncDispose]())
after(() => http.close())

describe('settings', () => {
  it('have defaults', () => {
    assert.deepEqual(telegram.parseSettings(readSettings(telegram.fields, { token: TOKEN })), {
      token: TOKEN,
      apiRoot: 'https://api.telegram.org',
      mode: 'webhook',
      botId: String(BOT_ID),
    })
  })
  it('a token that would change the path is refused', () => {
    for (const token of ['', 'x', '12:', '12:a/../b', '12:a?b', `${TOKEN}\n/x`]) {
      assert.throws(() => readSettings(telegram.fields, { token }), SettingsError, token)
    }
  })
})

describe('testConnect', () => {
  it('identity is the id Telegram gives, not the number in the token', async () => {
    const token = '5:renewed'
    fake.addBot({ token, id: 777, username: 'other_bot' })
    const other = createLine({ apiRoot: fake.url, token })
    assert.deepEqual(await connector.testConnect(other, sendContext()), {
      ok: true,
      identity: '777',
      name: '@other_bot',
    })
  })

  for (const status of [401, 404]) {
    it(`${status} names the token`, async () => {
      fake.fail('getMe', { status })
      const report = await connector.testConnect(line, sendContext())
      assert.ok(!report.ok)
      assert.deepEqual([report.error.code, report.error.field], ['HUB_CHANNEL_REFUSED', 'token'])
      assert.equal(report.error.message.includes('address'), status === 404)
    })
  }

  const unreachable = [{ reset: true }, { status: 500 }, { status: 200, body: '<html>' }]
  for (const fault of unreachable) {
    it(`${JSON.stringify(fault)} is unreachable and names the address, which is not the default`, async () => {
      fake.fail('getMe', fault)
      const report = await connector.testConnect(line, sendContext())
      assert.ok(!report.ok)
      assert.deepEqual(
        [report.error.code, report.error.field],
        ['HUB_CHANNEL_UNREACHABLE', 'apiRoot'],
      )
    })
  }
})

describe('the webhook', () => {
  it('is set with the secret, taken away again, and taken away where updates are polled', async () => {
    await connector.install?.(line, sendContext())
    const { webhook } = fake.bot(BOT_ID)
    assert.deepEqual([webhook?.url, webhook?.secretToken], [line.webhookUrl, SECRET])
    await connector.uninstall?.(line, sendContext())
    assert.equal(fake.bot(BOT_ID).webhook, undefined)
    const polling = createLine({ apiRoot: fake.url, mode: 'polling' })
    await connector.install?.(polling, sendContext())
    assert.deepEqual(fake.calls.at(-1)?.method, 'deleteWebhook')
    assert.deepEqual(fake.calls.at(-1)?.params, { drop_pending_updates: false })
  })
})

describe('polling', () => {
  it('belongs to lines in that mode', () => {
    assert.equal(connector.isPolling?.(line), false)
    assert.equal(connector.isPolling?.(createLine({ mode: 'polling' })), true)
  })

  it('gives updates and confirms them with the next call', async () => {
    await fake.personWrites({ botId: BOT_ID, chatId: 55, text: 'one' })
    await fake.personPresses({ botId: BOT_ID, chatId: 55, messageId: 1, data: 'x' })
    const first = await connector.poll?.(undefined, line, sendContext())
    assert.deepEqual([first?.updates.length, first?.cursor], [2, '1003'])
    assert.equal(fake.callsOf('answerCallbackQuery').length, 1)
    await fake.personWrites({ botId: BOT_ID, chatId: 55, text: 'two' })
    const second = await connector.poll?.(first?.cursor, line, sendContext())
    assert.deepEqual([second?.updates.length, second?.cursor], [1, '1004'])
  })

  it('goes on behind updates that are odd or out of order', async () => {
    const result = [{ update_id: 12 }, { update_id: '13' }, { update_id: 11 }, null]
    fake.fail('getUpdates', { status: 200, body: { ok: true, result } })
    const polled = await connector.poll?.('11', line, sendContext())
    assert.deepEqual([polled?.updates.length, polled?.cursor], [4, '14'])
  })

  it('waits for an update', async () => {
    const polled = connector.poll?.('1', line, sendContext())
    while (fake.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await fake.personWrites({ botId: BOT_ID, chatId: 55, text: 'late' })
    assert.equal((await polled)?.updates.length, 1)
  })

  it('beside a webhook is a conflict to be tried again', async () => {
    await connector.install?.(line, sendContext())
    await assert.rejects(
      async () => connector.poll?.(undefined, line, sendContext()),
      (error) => {
        assert.ok(error instanceof DeliveryError)
        assert.deepEqual([error.fault.disposition, error.fault.channelCode], ['retry', '409'])
        return true
      },
    )
  })
})

describe('files', () => {
  it('are found at a link that works, and only server-side: it holds the token', async () => {
    fake.addFile(BOT_ID, 'F1', { path: 'photos/file 1.jpg', bytes: Buffer.from('bytes') })
    const file = await connector.locateFile?.('F1', line, sendContext())
    assert.equal(file?.url, `${fake.url}/file/bot${TOKEN}/photos/file%201.jpg`)
    assert.equal((await http.request({ method: 'GET', url: file?.url ?? '' })).body, 'bytes')
  })

  it('too big or unknown is rejected', async () => {
    fake.addFile(BOT_ID, 'BIG', { path: 'x', bytes: Buffer.alloc(1), size: 21 * 1024 * 1024 })
    for (const ref of ['BIG', 'NONE']) {
      await assert.rejects(
        async () => connector.locateFile?.(ref, line, sendContext()),
        (error) => error instanceof DeliveryError && error.fault.disposition === 'reject',
      )
    }
  })
})

describe('the fake pushes to a webhook', () => {
  it('with the secret, and carries out the method call in the answer', async () => {
    const { createServer } = await import('node:http')
    const seen: unknown[] = []
    const hub = createServer((request, response) => {
      seen.push(request.headers['x-telegram-bot-api-secret-token'])
      response.end('{"method":"answerCallbackQuery","callback_query_id":"1"}')
    })
    await new Promise<void>((resolve) => void hub.listen(0, '127.0.0.1', resolve))
    const address = hub.address()
    assert.ok(address && typeof address === 'object')
    const webhookUrl = `http://127.0.0.1:${address.port}/webhook?hash=x`
    await connector.install?.({ ...line, webhookUrl }, sendContext())
    const pushed = await fake.personPresses({ botId: BOT_ID, chatId: 55, messageId: 1, data: 'x' })
    assert.ok(!pushed.queued && pushed.status === 200)
    assert.deepEqual(seen, [SECRET])
    assert.equal(fake.callsOf('answerCallbackQuery').length, 1)
    hub.closeAllConnections()
    hub.close()
  })
})
