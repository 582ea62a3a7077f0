import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { FakeBotFramework } from '../fakes/botframework.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  type StatusShape,
  startTelegramWithBot,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const KEY = Buffer.from('PLANTED-secret-key-of-32-bytes!!')
const APP_ID = 'aaaaaaaa-2222-3333-4444-555555555555'
const APP_SECRET = 'PLANTED~app-secret'
const WRONG_TOKEN = `${BOT_ID}:PLANTED-wrong-token`
const INBOUND = 'PLANTED-words-of-a-person'
const OUTBOUND = 'PLANTED-words-of-the-desk'
const LINE = { connector: 'telegram', line: '12' }

for (const store of testStores()) {
  describe(`what is secret, on ${store.name}`, () => {
    let database: OpenStore
    let telegram: FakeTelegram
    let microsoft: FakeBotFramework
    let hub: TestHub
    let portal: TestPortal
    let webhookSecret: string
    let hash: string
    /** Every answer that refused something, in full. */
    const refusals: string[] = []

    before(async () => {
      database = await store.open()
      telegram = await startTelegramWithBot()
      microsoft = await FakeBotFramework.start()
      const env = { HUB_SECRET_KEY: KEY.toString('base64'), HUB_LOG_LEVEL: 'trace' }
      hub = await startTestHub({ databaseUrl: database.databaseUrl, env })
      portal = await addTestPortal(hub)
      await failToConnect()
      await connectAll()
      await receive()
      await refuseWebhooks()
      await refuseCalls()
      await sendAndFail()
      await breakStore()
    })
    after(async () => {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await telegram[Symbol.asyncDispose]()
      await microsoft[Symbol.asyncDispose]()
      await database.dispose()
    })

    async function refused(call: Promise<unknown>): Promise<void> {
      const error = await call.then(
        () => assert.fail('nothing was refused'),
        (reason: unknown) => reason as Error & { data?: unknown },
      )
      refusals.push(`${error.message} ${JSON.stringify(error.data)}`)
    }

    async function failToConnect(): Promise<void> {
      const results: unknown[] = [
        await connectTelegram(portal, telegram, '12', { token: WRONG_TOKEN }),
        await connectTelegram(portal, telegram, '12', { apiRoot: 'http://127.0.0.1:1' }),
      ]
      const echo = {
        ok: false,
        error_code: 400,
        description: `no such path /bot${BOT_TOKEN}/getMe`,
      }
      for (const fault of [{ reset: true }, { status: 400, body: echo }, { status: 500 }]) {
        telegram.fail('getMe', fault)
        results.push(await connectTelegram(portal, telegram))
      }
      telegram.fail('setWebhook', { status: 400, body: echo })
      results.push(await connectTelegram(portal, telegram))
      portal.server.answer({ status: 500, body: portal.secret }, 'connection.test')
      results.push(await connectTelegram(portal, telegram))
      portal.server.answer(undefined, 'connection.test')
      microsoft.fail('token', {
        status: 401,
        body: { error: 'invalid_client', error_description: `AADSTS9: secret ${APP_SECRET} no` },
      })
      results.push(await connectTeams())
      refusals.push(JSON.stringify(results))
    }

    async function connectTeams(): Promise<{ status: StatusShape }> {
      const address = { connector: 'botframework.msteams', line: '7' }
      const settings = microsoft.settings(APP_ID, APP_SECRET)
      await portal.hub.saveSettings({ ...address, settings })
      return await portal.hub.testConnect(address)
    }

    async function connectAll(): Promise<void> {
      const { ok, status } = await connectTelegram(portal, telegram)
      assert.equal(ok, true)
      webhookSecret = telegram.bot(BOT_ID).webhook?.secretToken ?? ''
      assert.match(webhookSecret, /^[\w-]{32}$/)
      hash = status.webhookUrl.slice(-32)
      assert.equal((await connectTeams()).status.status, 'connected')
    }

    async function receive(): Promise<void> {
      const photo = [{ file_id: 'F1', file_unique_id: 'u', width: 1, height: 1 }]
      const fields = { photo, caption: INBOUND }
      telegram.addFile(BOT_ID, 'F1', { path: 'photos/1.jpg', bytes: Buffer.from('jpg') })
      await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: INBOUND })
      await telegram.personWrites({ botId: BOT_ID, chatId: 5, fields })
      const events = await portal.server.waitForEvents(2)
      const message = events[1]?.message as { files?: { url: string }[] } | undefined
      const link = message?.files?.[0]?.url ?? ''
      assert.equal((await send(link, { method: 'GET' })).body, 'jpg')
      telegram.fail('getFile', { status: 500, body: `no ${BOT_TOKEN}` })
      for (const url of [link, `${link}x`]) {
        refusals.push((await send(url, { method: 'GET' })).body)
      }
      portal.server.answer([{ status: 500, body: INBOUND }, { fault: 'reset' }])
      await telegram.personWrites({ botId: BOT_ID, chatId: 5, text: INBOUND })
      await waitFor(async () => {
        await portal.hub.retryNow(LINE)
        return portal.server.events.length >= 3
      }, 'the event after two failed attempts')
    }

    async function refuseWebhooks(): Promise<void> {
      const url = `${hub.url}/webhook?hash=${hash}`
      const json = { 'content-type': 'application/json' }
      const genuine = { ...json, 'x-telegram-bot-api-secret-token': webhookSecret }
      const forged = { ...json, 'x-telegram-bot-api-secret-token': `${webhookSecret}x` }
      const activity = { type: 'message', channelId: 'msteams', text: INBOUND }
      const teams = await portal.hub.getStatus<StatusShape>({
        connector: 'botframework.msteams',
        line: '7',
      })
      const answers = [
        await send(url, { headers: forged, body: JSON.stringify({ text: INBOUND }) }),
        await send(url, { headers: genuine, body: `{"text":"${INBOUND}"` }),
        await send(url, { headers: genuine, body: `{"message":"${INBOUND}"}` }),
        await send(`${hub.url}/webhook?hash=${BOT_TOKEN}`, { headers: genuine, body: '{}' }),
        await microsoft.postActivity(teams.webhookUrl, activity, { alg: 'none' }),
      ]
      assert.ok(answers.every(({ status }) => status >= 400 && status < 500))
      refusals.push(...answers.map(({ body }) => body))
    }

    async function refuseCalls(): Promise<void> {
      const settings = { token: `bad token ${BOT_TOKEN}`, colour: APP_SECRET }
      await refused(portal.hub.saveSettings({ ...LINE, settings }))
      const params = { ...LINE, chat: { id: '5' }, message: { text: OUTBOUND, colour: 'x' } }
      await refused(portal.hub.sendMessage(params))
      await refused(portal.hub.$call(`no-such-${'x'.repeat(10)}`, { settings }))
      telegram.fail('getChat', { status: 400, body: `<html>${BOT_TOKEN}` })
      await refused(portal.hub.getChat({ ...LINE, chat: { id: '5' } }))
    }

    async function sendAndFail(): Promise<void> {
      const write = (chat: string) =>
        portal.hub.sendMessage<{ id: string }>({
          ...LINE,
          chat: { id: chat },
          message: { text: OUTBOUND, files: [{ url: 'https://f.example/x?key=PLANTED-in-link' }] },
        })
      telegram.bot(BOT_ID).blockedBy.add(6)
      const outs = [await write('5'), await write('6')]
      for (const fault of [{ reset: true }, { status: 500, body: `<p>${BOT_TOKEN}` }]) {
        telegram.fail('sendMessage', fault)
        telegram.fail('sendPhoto', fault)
        telegram.fail('sendDocument', fault)
        outs.push(await write('7'))
      }
      await waitFor(
        async () => {
          const { outbound } = await portal.hub.getStatus<StatusShape>(LINE)
          return outbound.depth === 0
        },
        'everything to be sent or to have failed',
        15_000,
      )
      for (const { id } of outs) {
        refusals.push(JSON.stringify(await portal.hub.getMessageStatus({ ...LINE, id })))
      }
      telegram.removeBot(BOT_TOKEN)
      await write('8')
      await portal.server.waitForPackets(1, 'connector.deactivated')
      refusals.push(JSON.stringify(await portal.hub.listLines()))
      refusals.push(JSON.stringify(await portal.hub.getSettings(LINE)))
    }

    /** Statements fail, and what they were to store must not get into the log by the driver's words. */
    async function breakStore(): Promise<void> {
      const { store } = hub.app.services
      await store.run('ALTER TABLE inbox_event RENAME TO inbox_gone')
      const headers = {
        'content-type': 'application/json',
        'x-telegram-bot-api-secret-token': webhookSecret,
      }
      const message = { message_id: 9, date: 1, chat: { id: 5, type: 'private' }, text: INBOUND }
      const body = JSON.stringify({ update_id: 999_999, message })
      const answer = await send(`${hub.url}/webhook?hash=${hash}`, { headers, body })
      assert.ok(answer.status >= 500, answer.body)
      refusals.push(answer.body)
      await store.run('ALTER TABLE outbox_message RENAME TO outbox_gone')
      const params = { ...LINE, chat: { id: '5' }, message: { text: OUTBOUND } }
      await refused(portal.hub.sendMessage(params))
      await store.run('ALTER TABLE outbox_gone RENAME TO outbox_message')
      await store.run('ALTER TABLE inbox_gone RENAME TO inbox_event')
    }

    const encodings = (secret: string): string[] => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    ]

    function planted(): [name: string, forms: string[]][] {
      return [
        ['the bot token', encodings(BOT_TOKEN)],
        ['the token without its id', encodings(BOT_TOKEN.split(':')[1] ?? '')],
        ['a token that was refused', encodings(WRONG_TOKEN)],
        ['the app secret', encodings(APP_SECRET)],
        ['the portal secret', encodings(portal.secret.slice('whsec_'.length))],
        ['the webhook secret', encodings(webhookSecret)],
        ['the key of the store', [KEY.toString('base64').replace(/=+$/, ''), KEY.toString()]],
        ['an access token', ['Bearer token-']],
      ]
    }

    it('never stands in the log, and neither do messages and links', () => {
      const log = hub.logText()
      for (const event of [
        'delivery.attempted',
        'send.attempted',
        'webhook.refused',
        'http.failed',
      ]) {
        assert.ok(log.includes(`"${event}"`), `the scenario has logged no ${event}`)
      }
      const texts: [string, string[]][] = [
        ['a message that came', [INBOUND]],
        ['a message that went', [OUTBOUND, 'PLANTED-in-link']],
      ]
      for (const [name, forms] of [...planted(), ...texts]) assertAbsent(log, name, forms)
    })

    it('never stands in the answer to a request that was refused', () => {
      assert.ok(refusals.length > 15)
      for (const [name, forms] of planted()) assertAbsent(refusals.join('\n'), name, forms)
    })

    it('never stands in a packet', () => {
      const packets = portal.server.packets.map(({ raw }) => raw.toString()).join('\n')
      for (const [name, forms] of planted()) assertAbsent(packets, name, forms)
    })

    it('is not legible in the store', async () => {
      const bytes = await readStore()
      // Messages are stored in plain: what was read really is the store.
      assert.ok(bytes.includes('PLANTED-words'), 'the store was not read')
      for (const [name, forms] of planted()) assertAbsent(bytes, name, forms)
    })

    async function readStore(): Promise<string> {
      if (store.name === 'sqlite') {
        const folder = dirname(database.databaseUrl.slice('sqlite:'.length))
        const names = await readdir(folder)
        const files = names.map((name) => readFile(`${folder}/${name}`, 'latin1'))
        return (await Promise.all(files)).join('\n')
      }
      const { store: tables } = hub.app.services
      const names = await tables.rows<Record<string, string>>('SHOW TABLES')
      const contents = names.map((row) => tables.rows(`SELECT * FROM \`${Object.values(row)[0]}\``))
      return JSON.stringify(await Promise.all(contents))
    }
  })
}

function assertAbsent(text: string, name: string, forms: readonly string[]): void {
  for (const form of forms) {
    const at = text.indexOf(form)
    assert.ok(form.length > 5, `${name} is empty`)
    assert.ok(at < 0, `${name}: …${text.slice(Math.max(0, at - 300), at + form.length + 20)}`)
  }
}
