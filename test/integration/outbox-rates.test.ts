import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import type { Connector, SendRates } from '../../src/core/connector.ts'
import { DeliveryError, TransportError } from '../../src/core/errors.ts'
import type { MessageStatusEvent } from '../../src/core/event.ts'
import type { Lease } from '../../src/core/lease.ts'
import { sendParts } from '../../src/core/parts.ts'
import { plainText, visibleText } from '../../src/core/rich-text.ts'
import { SharedPool } from '../../src/core/shared-pool.ts'
import { controlEntry } from '../../src/core/stored-event.ts'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { ProcessRepository } from '../../src/db/hub/processes.ts'
import { enqueueMessages } from '../../src/db/outbox/enqueue.ts'
import {
  claimDueOutbox,
  type OutboxLane,
  readOutbox,
  releaseOutbox,
} from '../../src/db/outbox/messages.ts'
import { pauseOutbox } from '../../src/db/outbox/pause.ts'
import type { ActiveLine } from '../../src/lines/directory.ts'
import { expireOutbox } from '../../src/outbox/expiry.ts'
import { OutboxSender } from '../../src/outbox/sender.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const LINE = 1
const TOKEN = 'prc_1'
const STEP_MS = 5
const FORMAT = { text: 'plain', emoji: 'unicode' }
const TELEGRAM_LIKE: SendRates = {
  line: [{ count: 30, perMs: 1000 }],
  chat: (id) => (id.startsWith('-') ? [{ count: 20, perMs: 60_000 }] : []),
}

interface Sent {
  readonly chatId: string
  readonly text: string
  readonly at: number
}

for (const kind of testStores()) {
  describe(`the outbox’s pace on ${kind.name}`, () => {
    it('a large burst leaves at nine tenths of the allowed rate at least, and never above it', async () => {
      await using rig = await openRig(kind, TELEGRAM_LIKE)
      const count = 600
      await rig.queue(
        Array.from({ length: count }, (_, index) => ({
          chatId: `${index % (count / 2)}`,
          text: `${index}`,
        })),
      )
      rig.sender.start()
      await rig.until(() => rig.sent.length === count)
      assert.ok(mostWithin(rig.sent, 1000) <= 30, 'too much in one second')
      const took = (rig.sent.at(-1)?.at ?? 0) - (rig.sent[0]?.at ?? 0)
      const ideal = (count / 30) * 1000
      // While a statement of MariaDB is on its way the test's clock runs on, much faster than a real one would.
      const isTimed = kind.name === 'sqlite'
      if (isTimed) assert.ok(took <= ideal / 0.9, `${took} ms instead of ${ideal}`)
    })

    it('a group gets no more than its own rate while other chats go on', async () => {
      await using rig = await openRig(kind, TELEGRAM_LIKE)
      await rig.queue(Array.from({ length: 45 }, (_, n) => ({ chatId: '-7', text: `g${n}` })))
      await rig.queue([{ chatId: '8', text: 'private' }])
      rig.sender.start()
      await rig.until(() => rig.sent.length === 46)
      const group = rig.sent.filter(({ chatId }) => chatId === '-7')
      assert.ok(mostWithin(group, 60_000) <= 20)
      assert.deepEqual(
        group.map(({ text }) => text),
        Array.from({ length: 45 }, (_, n) => `g${n}`),
      )
      const privateAt = rig.sent.find(({ chatId }) => chatId === '8')?.at ?? 0
      assert.ok(privateAt - (rig.sent[0]?.at ?? 0) < 3000)
    })

    it('what an operator types passes a mailing that is under way', async () => {
      await using rig = await openRig(kind, TELEGRAM_LIKE)
      await rig.queue(
        Array.from({ length: 900 }, (_, n) => ({ chatId: `${n}`, text: `m${n}` })),
        'bulk',
      )
      rig.sender.start()
      await rig.until(() => rig.sent.length > 100)
      const before = rig.sent.length
      await rig.queue([{ chatId: '899', text: 'typed' }])
      await rig.until(() => rig.sent.some(({ text }) => text === 'typed'))
      const place = rig.sent.findIndex(({ text }) => text === 'typed')
      assert.ok(place - before <= 40, `${place - before} of the mailing went before it`)
    })

    it('a message of several parts goes on behind the part that was refused', async () => {
      await using rig = await openRig(kind, { line: [], chat: () => [] })
      rig.refuseOnce('b')
      await rig.queue([{ chatId: '1', text: 'a|b|c' }])
      rig.sender.start()
      await rig.until(() => rig.sent.length === 3)
      assert.deepEqual(
        rig.sent.map(({ text }) => text),
        ['a', 'b', 'c'],
      )
      await rig.until(async () => (await rig.states()).includes('sent'))
      assert.deepEqual(await rig.receipts(), ['a', 'b', 'c'])
    })

    it('a message queued while its line is given back does not wait for the rates of others', async () => {
      await using rig = await openRig(kind, { line: [], chat: () => [] })
      await rig.queue([{ chatId: '1', text: 'seen' }])
      const now = rig.clock.now()
      const [leased] = await claimDueOutbox(rig.store, TOKEN, [LINE], now)
      const [seen] = await readOutbox(rig.store, {
        lineId: LINE,
        lane: 'dialogue',
        after: 0,
        limit: 1,
      })
      await rig.queue([{ chatId: '2', text: 'new' }])
      const options = { notBefore: now + 30_000, seenUpTo: seen?.seq ?? 0 }
      await releaseOutbox(rig.store, TOKEN, leased?.lineId ?? 0, options, now)
      assert.equal((await claimDueOutbox(rig.store, TOKEN, [LINE], now)).length, 1)
    })

    it('a message that found no way out within 24 h has failed', async () => {
      await using rig = await openRig(kind, { line: [], chat: () => [] })
      await rig.queue([{ chatId: '1', text: 'old' }])
      await rig.clock.advance(24 * 3_600_000 + 1)
      rig.sender.start()
      await rig.until(async () => (await rig.states()).includes('failed'))
      assert.deepEqual(rig.sent, [])
    })
  })
}

for (const kind of testStores()) {
  describe(`messages that wait too long on ${kind.name}`, () => {
    it('fail after 24 h also while their line is paused, and the portal is told once', async () => {
      await using rig = await openRig(kind, { line: [], chat: () => [] })
      await rig.queue([{ chatId: '1', text: 'old' }])
      const notice = controlEntry('credentials_refused', 'no')
      await pauseOutbox(rig.store, { lineId: LINE, reason: 'no', notice }, rig.clock.now())
      await rig.clock.advance(23 * 3_600_000)
      await rig.queue([{ chatId: '1', text: 'young' }])
      assert.equal(await expireOutbox(rig, rig.clock.now()), 0)
      await rig.clock.advance(3_600_001)
      assert.equal(await expireOutbox(rig, rig.clock.now()), 1)
      assert.equal(await expireOutbox(rig, rig.clock.now()), 0)
      assert.deepEqual(await rig.states(), ['failed', 'queued'])
      const news = await rig.store.rows<{ payload: string }>('SELECT payload FROM inbox_event')
      assert.equal(news.length, 1)
      assert.match(news[0]?.payload ?? '', /"status":"failed".*HUB_EXPIRED/)
    })

    it('are left to the process that holds their line', async () => {
      await using rig = await openRig(kind, { line: [], chat: () => [] })
      await rig.queue([{ chatId: '1', text: 'old' }])
      await claimDueOutbox(rig.store, TOKEN, [LINE], rig.clock.now())
      await rig.clock.advance(25 * 3_600_000)
      assert.equal(await expireOutbox(rig, rig.clock.now()), 0)
    })
  })
}

function mostWithin(sent: readonly Sent[], perMs: number): number {
  const times = sent.map(({ at }) => at).sort((a, b) => a - b)
  let most = 0
  let from = 0
  for (const [index, at] of times.entries()) {
    while ((times[from] ?? 0) <= at - perMs) from += 1
    most = Math.max(most, index - from + 1)
  }
  return most
}

async function openRig(kind: TestStore, rates: SendRates) {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await kind.open())
  const { database: config } = parseConfig({
    HUB_DATABASE_URL: database.databaseUrl,
    HUB_SECRET_KEY: Buffer.alloc(32).toString('base64'),
  })
  const store = new Store(config)
  stack.defer(() => store.close())
  await migrateUp(store)
  await store.run("INSERT INTO inbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [LINE])
  await store.run('INSERT INTO outbox_line (line_id) VALUES (?)', [LINE])
  const clock = createManualClock()
  const processes = new ProcessRepository(store)
  const record = { token: TOKEN, host: 'here', pid: 1, roles: 'outbox' }
  await processes.register(record, clock.now() + 6000, clock.now())
  const sent: Sent[] = []
  let refused: string | undefined
  const connector = {
    rates,
    async send(chatId, message, _line, call) {
      const parts = visibleText(message.text ?? plainText('')).split('|')
      return await sendParts(parts, call, async (text) => {
        if (call.signal.aborted) throw new TransportError('ABORTED', 'not-sent')
        if (text === refused) {
          refused = undefined
          throw new DeliveryError('busy', {
            disposition: 'retry',
            outcome: 'not-sent',
            channelCode: '429',
            isRateLimit: true,
            retryAfterMs: 1000,
          })
        }
        sent.push({ chatId, text, at: clock.now() })
        return [text]
      })
    },
  } as Partial<Connector> as Connector
  const active = {
    record: { id: LINE, connector: 'fake' },
    line: { id: LINE },
    connector,
  } as ActiveLine
  const say = (): void => undefined
  const render = (event: MessageStatusEvent) => ({
    type: event.type,
    payload: JSON.stringify(event),
  })
  const lease: Lease = {
    token: TOKEN,
    isAlive: () => true,
    onSuspended: say,
    onLost: say,
  }
  const sender = new OutboxSender({
    store,
    clock,
    log: { debug: say, info: say, warn: say, error: say },
    lease,
    findLine: async () => active,
    render,
    sends: new SharedPool({ name: 'sends', capacity: 100 }),
    heldLines: new SharedPool({ name: 'outbox-lines', capacity: 10 }),
    wakeInbox: say,
    pause: async () => undefined,
  })
  stack.defer(() => sender.stop(0))
  return {
    clock,
    store,
    render,
    findLine: async () => active,
    sent,
    sender,
    refuseOnce(text: string): void {
      refused = text
    },
    async queue(
      messages: readonly { readonly chatId: string; readonly text: string }[],
      lane: OutboxLane = 'dialogue',
    ): Promise<void> {
      const rows = messages.map(({ chatId, text }) => ({
        lineId: LINE,
        chatId,
        kind: 'send' as const,
        lane,
        payload: JSON.stringify({ message: { text }, format: FORMAT }),
      }))
      for (let from = 0; from < rows.length; from += 200) {
        await enqueueMessages(store, rows.slice(from, from + 200), clock.now())
      }
      sender.wake([LINE])
    },
    /** Lets the clock run until it is true. */
    async until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
      // Not in so many steps: while the store is slow, the clock runs on for nothing.
      const deadline = performance.now() + 60_000
      while (!(await isTrue())) {
        assert.ok(performance.now() < deadline, 'it did not come true')
        await clock.advance(STEP_MS)
      }
    },
    states: async () =>
      (await store.rows<{ state: string }>('SELECT state FROM outbox_message')).map(
        ({ state }) => state,
      ),
    receipts: async () =>
      (
        await store.rows<{ message_id: string }>(
          'SELECT message_id FROM outbox_receipt ORDER BY message_id',
        )
      ).map(({ message_id: id }) => id),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
