import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Path, pathsIn, readGoldenUpdates, valueAt } from '../contract/golden.ts'
import { FakeBotFramework } from '../fakes/botframework.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { postRpc, toCall } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  startTelegramWithBot,
  type TestResultShape,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const APP_ID = 'aaaaaaaa-2222-3333-4444-555555555555'
/** ASCII, four bytes in UTF-8, and half of a pair, which has no form in it. */
const SIGNS = ['a', '😀', '\ud83d'] as const
const TEAMS = { connector: 'botframework.msteams', line: '7' }
const TELEGRAM = { connector: 'telegram', line: '12' }

/** Characters, as both the columns and the checks count them. Far beyond what any column but the largest takes. */
const FAR = 66_000

/** One below a bound, at it, one above, and far beyond. */
function lengthsAround(limit: number): number[] {
  return [limit - 1, limit, limit + 1, FAR * 2].filter((length) => length > 0)
}

function replace(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) {
    return value.map((entry, index) => (index === key ? replace(entry, rest, by) : entry))
  }
  const fields = value as Record<string, unknown>
  return { ...fields, [key]: replace(fields[key], rest, by) }
}

/**
 * Each of the golden updates with one text after another made long. `isOnceEach`: a text that stands at the same place in
 * several of them only once; what is done with it depends on the place.
 */
function* longUpdates(
  connector: string,
  text: string,
  isOnceEach: boolean,
): Generator<Record<string, unknown>> {
  const golden = readGoldenUpdates().filter((one) => one.connector === connector)
  const places = new Set<string>()
  for (const { update } of golden) {
    for (const path of pathsIn(update)) {
      if (typeof valueAt(update, path) !== 'string') continue
      const place = path.map((key) => (typeof key === 'number' ? '*' : key)).join('.')
      if (isOnceEach && places.has(place)) continue
      places.add(place)
      yield replace(update, path, text) as Record<string, unknown>
    }
  }
}

interface Param {
  readonly what: string
  readonly limit: number
  /** A half pair may stand in it: it is only shown. */
  readonly isShown?: true
  /** Its bound counts UTF-16 units; its column has room for as many characters. */
  readonly countsUnits?: true
  call(text: string): object
}

const send = (params: object): object => toCall('sendMessage', { ...TELEGRAM, ...params })
const PARAMS: readonly Param[] = [
  {
    what: 'a key',
    limit: 128,
    call: (key) => send({ key, chat: { id: '1' }, message: { text: 'x' } }),
  },
  { what: 'a chat', limit: 512, call: (id) => send({ chat: { id }, message: { text: 'x' } }) },
  {
    what: 'a text',
    limit: 100_000,
    isShown: true,
    call: (text) => send({ chat: { id: '1' }, message: { text } }),
  },
  {
    what: 'a message that is answered',
    limit: 255,
    call: (id) => send({ chat: { id: '1' }, message: { text: 'x', replyTo: { id } } }),
  },
  {
    what: "a file's name",
    limit: 255,
    isShown: true,
    call: (name) =>
      send({ chat: { id: '1' }, message: { files: [{ url: 'https://a.example/b', name }] } }),
  },
  {
    what: 'a payload',
    limit: 4096,
    isShown: true,
    call: (payload) =>
      send({ chat: { id: '1' }, message: { text: 'x', buttons: [[{ text: 'x', payload }]] } }),
  },
  {
    what: 'a message that is changed',
    limit: 255,
    call: (id) =>
      toCall('updateMessage', { ...TELEGRAM, chat: { id: '1' }, message: { id, text: 'x' } }),
  },
  {
    what: 'a connector',
    limit: 0,
    call: (connector) => toCall('saveSettings', { connector, line: '1', settings: {} }),
  },
  {
    what: 'a line',
    limit: 0,
    call: (line) => toCall('saveSettings', { connector: 'telegram', line, settings: {} }),
  },
  {
    what: 'a setting',
    limit: 4096,
    isShown: true,
    countsUnits: true,
    call: (botHandle) =>
      toCall('saveSettings', {
        ...TEAMS,
        line: '8',
        settings: { appId: APP_ID, appSecret: 'x', botHandle },
      }),
  },
  {
    what: 'a sealed setting',
    limit: 4096,
    isShown: true,
    countsUnits: true,
    call: (appSecret) =>
      toCall('saveSettings', { ...TEAMS, line: '9', settings: { appId: APP_ID, appSecret } }),
  },
  {
    what: 'an event to confirm',
    limit: 64,
    isShown: true,
    call: (id) => toCall('confirmDelivery', { ...TELEGRAM, events: [id] }),
  },
  {
    what: 'a cursor',
    limit: 0,
    isShown: true,
    call: (cursor) => toCall('listDeadLetters', { ...TELEGRAM, cursor }),
  },
]

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly code: number }
}

for (const kind of testStores()) {
  describe(`texts at and beyond the bounds of their columns on ${kind.name}`, () => {
    let database: OpenStore
    let hub: TestHub
    let portal: TestPortal
    let bots: FakeBotFramework
    let telegram: FakeTelegram
    let address: string
    before(async () => {
      database = await kind.open()
      bots = await FakeBotFramework.start()
      telegram = await startTelegramWithBot()
      hub = await startTestHub({ databaseUrl: database.databaseUrl })
      portal = await addTestPortal(hub)
      const settings = bots.settings(APP_ID, 'planted~secret')
      await portal.hub.saveSettings({ ...TEAMS, settings })
      const tested = await portal.hub.testConnect<TestResultShape>(TEAMS)
      address = tested.status.webhookUrl
      await connectTelegram(portal, telegram)
    })
    after(async () => {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await telegram[Symbol.asyncDispose]()
      await bots[Symbol.asyncDispose]()
      await database.dispose()
    })

    for (const sign of SIGNS) {
      it(`no text of an update is refused for ever: ${JSON.stringify(sign)}`, async () => {
        const text = sign.repeat(FAR)
        const isOnceEach = sign !== SIGNS[0]
        for (const update of longUpdates('telegram', text, isOnceEach)) {
          const pushed = await telegram.push(BOT_ID, update)
          assert.ok(!pushed.queued && pushed.status < 500, JSON.stringify(pushed))
        }
        for (const activity of longUpdates('botframework.msteams', text, isOnceEach)) {
          const { status, body } = await bots.postActivity(address, {
            ...activity,
            recipient: { id: `28:${APP_ID}` },
            serviceUrl: bots.serviceUrl,
          })
          assert.ok(status < 500, `${status} ${body}`)
        }
      })
    }

    it('a name of any length arrives cut with a mark, and its chat can be answered', async () => {
      const lengths = [254, 256, 258, 15_000, 20_000, FAR]
      for (const [index, length] of lengths.entries()) {
        const id = `a:${kind.name}${index}`
        const activity = {
          type: 'message',
          id: `n${index}`,
          timestamp: '2026-01-10T09:00:00.120Z',
          channelId: 'msteams',
          from: { id: '29:1abc', name: '😀'.repeat(length / 2) },
          recipient: { id: `28:${APP_ID}`, name: 'Desk' },
          conversation: { id, conversationType: 'personal' },
          text: 'x',
        }
        const posted = await bots.postActivity(address, activity)
        assert.equal(posted.status, 200, posted.body)
        const find = () => portal.server.events.find(({ chat }) => chat?.id === id)
        await waitFor(() => find() !== undefined, `the message of ${length}`)
        const name = find()?.user?.name ?? ''
        assert.ok(name.length <= 255 && name.isWellFormed())
        assert.equal(name.endsWith('…'), length > 255)
        if (length > 258) continue
        const sent = { ...TEAMS, chat: { id }, message: { text: 'y' } }
        assert.equal((await portal.hub.sendMessage<{ status: string }>(sent)).status, 'queued')
      }
    })

    for (const { what, limit, isShown, countsUnits, call } of PARAMS) {
      it(`${what} is taken up to its bound and refused beyond`, async () => {
        const caller = { url: hub.url, portal: portal.id, secret: portal.secret }
        const cases = SIGNS.flatMap((sign) =>
          lengthsAround(limit).map((length) => ({ sign, length })),
        )
        for (const { sign, length } of cases) {
          const { status, body } = await postRpc(caller, call(sign.repeat(length)))
          assert.equal(status, 200)
          const { result, error } = body as Answer
          const where = `${JSON.stringify(sign)} × ${length}: ${JSON.stringify(body)}`
          const cost = countsUnits ? sign.length : 1
          const isRefused = length * cost > limit || (!sign.isWellFormed() && !isShown)
          assert.equal(result === undefined, isRefused, where)
          assert.notEqual(error?.code, -32_603, where)
        }
      })
    }

    it('nothing of it was an error of the hub', () => {
      const faults = hub
        .logText()
        .split('\n')
        .filter((line) => /"level":(?:50|60|"error")/.test(line))
      assert.deepEqual(faults, [])
      assert.ok(!hub.logText().includes(BOT_TOKEN))
    })
  })
}
