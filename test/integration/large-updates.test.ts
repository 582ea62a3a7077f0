import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfig } from '#config'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import { Store } from '../../src/db/engine/store.ts'
import { appendUpdates } from '../../src/db/inbox/append.ts'
import type { NewUpdate } from '../../src/db/inbox/new-update.ts'
import { settleLines } from '../../src/db/inbox/settle.ts'
import { findOutboxMessage } from '../../src/db/outbox/messages.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const NOW = Date.UTC(2026, 0, 1)
const LINE = 3
const TOKEN = 'prc_1'
/** One, around the depth of SQLite's expressions, and what a gathered request of Meta's can hold several times over. */
const SIZES = [1, 999, 1000, 5000]

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

function statusEvent(status: string, messageIds: readonly string[]) {
  const payload = JSON.stringify({ status, messageIds, chat: { id: '1' } })
  return { type: 'message.status', payload }
}

/** Each kind of thing of which a request may hold many, as the ingress hands it to the store. */
const KINDS: Readonly<Record<string, (count: number) => NewUpdate>> = {
  'plain events': (count) => ({
    lineId: LINE,
    hash: 'plain',
    events: range(count).map((n) => ({ type: 'message.new', payload: `{"n":${n}}` })),
  }),
  'statuses by id': (count) => ({
    lineId: LINE,
    hash: 'ids',
    events: range(count).map((n) => statusEvent('read', [`m${n}`])),
    statuses: range(count).map((index) => ({ index, status: 'read', messageIds: [`m${index}`] })),
  }),
  'ids in one status': (count) => ({
    lineId: LINE,
    hash: 'one',
    events: [
      statusEvent(
        'read',
        range(count).map((n) => `m${n}`),
      ),
    ],
    statuses: [{ index: 0, status: 'read', messageIds: range(count).map((n) => `m${n}`) }],
  }),
  'statuses by reference': (count) => ({
    lineId: LINE,
    hash: 'references',
    events: range(count).map((n) => statusEvent('read', [`x${n}`])),
    statuses: range(count).map((index) => ({
      index,
      status: 'read',
      messageIds: [`x${index}`],
      reference: { seq: index + 1, part: 1 },
    })),
  }),
  'read marks of many chats': (count) => ({
    lineId: LINE,
    hash: 'marks',
    events: range(count).map(() => statusEvent('read', [])),
    statuses: range(count).map((index) => ({
      index,
      status: 'read',
      messageIds: [],
      watermark: { chatId: `chat ${index}`, until: NOW },
    })),
  }),
  'echoes of what the hub has sent': (count) => ({
    lineId: LINE,
    hash: 'echoes',
    events: range(count).map(() => ({ type: 'message.new', payload: '{}' })),
    outgoing: range(count).map((index) => ({ index, messageId: `m${index}` })),
  }),
  'conversations to remember': (count) => ({
    lineId: LINE,
    hash: 'conversations',
    events: [],
    conversations: range(count).map((n) => ({ chatId: `chat ${n}`, context: '{}' })),
  }),
}

for (const kind of testStores()) {
  describe(`large updates on ${kind.name}`, () => {
    for (const [name, make] of Object.entries(KINDS)) {
      it(`takes ${SIZES.join(', ')} ${name} at once`, async () => {
        for (const size of SIZES) {
          await using rig = await openRig(kind, size)
          const update = make(size)
          const [outcome] = await appendUpdates(rig.store, [update], undefined, NOW)
          assert.equal(outcome?.kind, 'appended')
          const isEcho = name.startsWith('echoes')
          const expected = isEcho ? 0 : update.events.length
          assert.equal(outcome.stored.length > 0, expected > 0)
          if (update.statuses) {
            const last = await findOutboxMessage(rig.store, LINE, size)
            assert.equal(last?.state, 'read', `${name}, ${size}`)
          }
          const [again] = await appendUpdates(rig.store, [update], undefined, NOW)
          assert.equal(again?.kind, 'duplicate')
        }
      })
    }

    it('takes thousands of updates of thousands of lines in one commit', async () => {
      await using rig = await openRig(kind, 1)
      const lines = range(5000).map((n) => n + 10)
      for (let from = 0; from < lines.length; from += 1000) {
        const values = lines.slice(from, from + 1000).map((id) => `(${id}, 'prt_1')`)
        await rig.store.run(
          `INSERT INTO inbox_line (line_id, portal_id) VALUES ${values.join(', ')}`,
        )
      }
      const updates = lines.map((lineId) => ({
        lineId,
        hash: `u${lineId}`,
        events: [{ type: 'message.new', payload: '{}' }],
        outgoing: [{ index: 0, messageId: 'not ours' }],
      }))
      const outcomes = await appendUpdates(rig.store, updates, undefined, NOW)
      assert.ok(outcomes.every(({ kind: outcome }) => outcome === 'appended'))
      // Half of them again: known and unknown ones in one commit are told apart.
      const mixed = updates.map((one, index) => (index % 2 ? one : { ...one, hash: `n${index}` }))
      const second = await appendUpdates(rig.store, mixed, undefined, NOW)
      assert.equal(second.filter(({ kind: outcome }) => outcome === 'duplicate').length, 2500)
    })

    it('settles packets of a thousand events of two hundred lines in one commit', async () => {
      await using rig = await openRig(kind, 1)
      const lines = range(200).map((n) => n + 10)
      for (const lineId of lines) {
        await rig.store.run(
          'INSERT INTO inbox_line (line_id, portal_id, owner, lease) VALUES (?, ?, ?, 1)',
          [lineId, 'prt_1', TOKEN],
        )
      }
      const settlements = lines.map((lineId) => ({
        lineId,
        lease: 1,
        accepted: range(1000),
        rejected: [],
        lockout: { attempt: 0, probeSize: 0, strikes: 0 },
        next: { kind: 'continue' as const },
      }))
      const outcomes = await settleLines(rig.store, TOKEN, settlements, NOW)
      assert.ok(outcomes.every(({ kind: outcome }) => outcome === 'kept'))
    })
  })
}

/** A line with `sent` messages that its channel has taken, each in a chat of its own, with the numbers from 1 on. */
async function openRig(kind: TestStore, sent: number) {
  const database = await kind.open()
  const { database: config } = parseConfig({
    HUB_DATABASE_URL: database.databaseUrl,
    HUB_SECRET_KEY: Buffer.alloc(32).toString('base64'),
  })
  const store = new Store(config)
  await migrateUp(store)
  await store.run("INSERT INTO inbox_line (line_id, portal_id) VALUES (?, 'prt_1')", [LINE])
  await store.run('INSERT INTO outbox_line (line_id) VALUES (?)', [LINE])
  for (let from = 0; from < sent; from += 1000) {
    const seqs = range(Math.min(1000, sent - from)).map((n) => from + n)
    const messages = seqs.map(
      (n) =>
        `(${LINE}, ${n + 1}, 'chat ${n}', 'send', 0, '{}', 'sent', 0, 0, 0, 1, '[["m${n}"]]', ${NOW - 1})`,
    )
    await store.run(`INSERT INTO outbox_message (line_id, seq, chat_id, kind, lane, payload, state, due_at,
      created_at, updated_at, attempt, message_ids, sent_at) VALUES ${messages.join(', ')}`)
    const receipts = seqs.map((n) => `(${LINE}, 'm${n}', ${n + 1}, ${NOW - 1})`)
    await store.run(
      `INSERT INTO outbox_receipt (line_id, message_id, seq, sent_at) VALUES ${receipts.join(', ')}`,
    )
  }
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      await database.dispose()
    },
  }
}
