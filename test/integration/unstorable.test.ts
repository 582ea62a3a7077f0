import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import { telegram } from '../../connectors/telegram/index.ts'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import { startDeliveryRig } from '../helpers/delivery-rig.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { createJumpClock, type JumpClock } from '../helpers/jump-clock.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import { BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

interface Status {
  readonly status: string
  readonly messageIds: readonly string[]
  readonly error?: { readonly code: string }
}

const LINE = { connector: 'odd', line: '1' }

/** Telegram under another id, whose answers to a send are what the test says. */
function oddConnector(answer: () => readonly string[]): {
  descriptor: ConnectorDescriptor
  sent: () => number
} {
  let sent = 0
  const descriptor: ConnectorDescriptor = {
    ...(telegram as ConnectorDescriptor),
    id: 'odd',
    title: 'Telegram with odd answers',
    create: (context) => ({
      ...(telegram as ConnectorDescriptor).create(context),
      async send() {
        sent++
        return { messageIds: answer() }
      },
    }),
  }
  return { descriptor, sent: () => sent }
}

for (const store of testStores()) {
  describe(`what the store can not keep, on ${store.name}`, () => {
    async function withHub(
      answer: () => readonly string[],
      work: (rig: {
        readonly hub: TestHub
        readonly portal: TestPortal
        readonly clock: JumpClock
        readonly database: OpenStore
        sent(): number
        send(): Promise<Status>
      }) => Promise<void>,
    ): Promise<void> {
      await using stack = new AsyncDisposableStack()
      const database = stack.use(await store.open())
      const fake = stack.use(await startTelegramWithBot())
      const { descriptor, sent } = oddConnector(answer)
      const clock = createJumpClock()
      const hub = stack.use(
        await startTestHub({
          databaseUrl: database.databaseUrl,
          clock,
          connectors: [...connectors, descriptor],
        }),
      )
      const portal = stack.use(await addTestPortal(hub))
      const settings = { token: BOT_TOKEN, apiRoot: fake.url }
      await portal.hub.saveSettings({ ...LINE, settings })
      assert.equal((await portal.hub.testConnect<{ ok: boolean }>(LINE)).ok, true)
      await work({
        hub,
        portal,
        clock,
        database,
        sent,
        async send() {
          const message = { ...LINE, chat: { id: '55' }, message: { text: 'hello' } }
          const { id } = await portal.hub.sendMessage<{ id: string }>(message)
          let status: Status | undefined
          await waitFor(async () => {
            clock.jump(1000)
            status = await portal.hub.getMessageStatus<Status>({ ...LINE, id })
            return status.status !== 'queued'
          }, 'the end of the message')
          assert.ok(status)
          return status
        },
      })
    }

    for (const [name, ids] of [
      ['ids that are too long', ['x'.repeat(70_000)]],
      ['too many ids', Array.from({ length: 20_000 }, (_, index) => `id-${index}`)],
      ['ids of control characters', ['\u0000'.repeat(300), '\u0001'.repeat(200)]],
    ] as const) {
      it(`is cut down: a message for which the channel gives ${name} is sent once`, async () => {
        await withHub(
          () => ids,
          async ({ sent, send }) => {
            assert.equal((await send()).status, 'sent')
            assert.equal((await send()).status, 'sent')
            assert.equal(sent(), 2)
          },
        )
      })
    }

    it('ends the message when the store refuses it all the same, and the next one is sent', async () => {
      await withHub(
        () => ['fine'],
        async ({ hub, sent, send }) => {
          const { store: db } = hub.app.services
          const isSqlite = db.dialect === 'sqlite'
          // As a column would refuse what is too long for it.
          await db.run(
            isSqlite
              ? `CREATE TRIGGER refuse BEFORE UPDATE ON outbox_message WHEN NEW.message_ids LIKE '%fine%'
                 BEGIN SELECT RAISE(ABORT, 'too long'); END`
              : `CREATE TRIGGER refuse BEFORE UPDATE ON outbox_message FOR EACH ROW
                 IF NEW.message_ids LIKE '%fine%' THEN SIGNAL SQLSTATE '22001'; END IF`,
          )
          const { status, error } = await send()
          assert.deepEqual([status, error?.code], ['failed', 'HUB_UNSTORABLE'])
          assert.equal(sent(), 1)
          assert.match(hub.logText(), /outbox\.settle-refused/)
          await db.run('DROP TRIGGER refuse')
          assert.equal((await send()).status, 'sent')
          assert.equal(sent(), 2)
        },
      )
    })

    it('makes a line wait longer and longer when not even that can be stored', async () => {
      await withHub(
        () => ['fine'],
        async ({ hub, portal, sent, clock }) => {
          const { store: db } = hub.app.services
          const isSqlite = db.dialect === 'sqlite'
          await db.run(
            isSqlite
              ? `CREATE TRIGGER refuse BEFORE UPDATE ON outbox_message WHEN NEW.state IN ('sent', 'failed')
                 BEGIN SELECT RAISE(ABORT, 'no'); END`
              : `CREATE TRIGGER refuse BEFORE UPDATE ON outbox_message FOR EACH ROW
                 IF NEW.state IN ('sent', 'failed') THEN SIGNAL SQLSTATE '22001'; END IF`,
          )
          const message = { ...LINE, chat: { id: '55' }, message: { text: 'hello' } }
          await portal.hub.sendMessage(message)
          const failures = (): number =>
            hub.logText().split('"event":"outbox.run-failed"').length - 1
          for (let round = 1; round <= 5; round++) {
            await waitFor(
              () => failures() >= round,
              () => `failure ${round}: ${hub.logText().slice(-1500)}`,
            )
            clock.jump(1000 * 2 ** round)
          }
          assert.ok(sent() <= 7, `${sent()} sends`)
        },
      )
    })

    it('is left out of what is kept of a portal’s refusal: the line is locked as ever', async () => {
      await using rig = await startDeliveryRig(store)
      const { store: db } = rig.hub.app.services
      await db.run(
        db.dialect === 'sqlite'
          ? `CREATE TRIGGER refuse BEFORE UPDATE ON inbox_line WHEN NEW.last_failure IS NOT NULL
             BEGIN SELECT RAISE(ABORT, 'too long'); END`
          : `CREATE TRIGGER refuse BEFORE UPDATE ON inbox_line FOR EACH ROW
             IF NEW.last_failure IS NOT NULL THEN SIGNAL SQLSTATE '22001'; END IF`,
      )
      rig.portal.server.answer({ status: 500, body: 'out of order' })
      await rig.write('one')
      await waitFor(async () => (await rig.status()).lockout?.attempt === 1, 'the lock')
      const packets = rig.portal.server.packets.filter(({ body }) => body.type === 'events')
      assert.equal(packets.length, 1)
      assert.match(rig.hub.logText(), /inbox\.settle-refused/)
    })
  })
}
