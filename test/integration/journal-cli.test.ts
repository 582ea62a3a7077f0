import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { runCli } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { type DeliveryRig, startDeliveryRig } from '../helpers/delivery-rig.ts'
import { TEST_KEY } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

interface Shown {
  readonly items: readonly {
    readonly portal: string
    readonly lineId: number
    readonly evt?: string
    readonly out?: string
    readonly steps: readonly { readonly step: string }[]
    readonly waits?: { readonly queue: string; readonly state: string }
  }[]
}

interface Queues {
  readonly inbox: readonly Waiting[]
  readonly outbox: readonly Waiting[]
}

interface Waiting {
  readonly id: string
  readonly type: string
  readonly chat?: string
  readonly state: string
  readonly bytes: number
}

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

for (const store of testStores()) {
  describe(`an operator's look at messages, on ${store.name}`, () => {
    it('tells the story of one, and what waits and why, without a text', async () => {
      await using rig = await startDeliveryRig(store)
      const env = environmentOf(rig)
      const line = [rig.portal.id, 'telegram', '12']
      rig.portal.server.answer(() => ({ status: 503, body: 'PLANTED page' }))
      await rig.telegram.personWrites({
        botId: BOT_ID,
        chatId: 55,
        text: 'PLANTED \u001b[31mtext',
      })
      await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      await rig.hub.app.services.journal?.flush()

      const { items } = await cli.json<Shown>(['message', '1'], env)
      const [item] = items
      assert.equal(item?.portal, rig.portal.id)
      assert.deepEqual(
        item?.steps.map(({ step }) => step),
        ['received', 'attempt'],
      )
      assert.deepEqual([item?.waits?.queue, item?.waits?.state], ['inbox', 'locked'])

      const told = await runCli(['message', String(item?.evt)], env)
      assert.equal(told.code, 0, told.stderr)
      assert.ok(told.stdout.includes(`${rig.portal.id}/telegram/12 (lineId ${item?.lineId})`))
      assert.match(told.stdout, /attempt {3}HTTP 503, pkt_/)
      assert.match(told.stdout, /now {7}inbox: locked, attempt 1, next try .* \(in \d+ s\)/)
      assert.ok(!told.stdout.includes('PLANTED'))

      const queues = await cli.json<Queues>(['queue', ...line], env)
      const [waiting] = queues.inbox
      assert.deepEqual(
        [waiting?.id, waiting?.type, waiting?.chat, waiting?.state],
        [item?.evt, 'message.new', '55', 'locked'],
      )
      assert.deepEqual(queues.outbox, [])
      const listed = await runCli(['queue', ...line, '--limit', '1'], env)
      assert.match(listed.stdout, /For the portal:\nID .*\nevt_/)
      assert.match(listed.stdout, /For the channel: nothing waits\./)
      assert.ok(!listed.stdout.includes('PLANTED'))
      const [{ lineId } = { lineId: 0 }] = await cli.json<{ lineId: number }[]>(
        ['line', 'list'],
        env,
      )
      assert.equal(lineId, item?.lineId)
    })

    it('shows chat, time and reason of dead letters, and that a message is one', async () => {
      await using rig = await startDeliveryRig(store)
      const env = environmentOf(rig)
      rig.portal.server.answer(({ body }) => ({
        body: { rejected: body.events?.map(({ id }) => ({ id, reason: 'no\u001b[2Jthanks' })) },
      }))
      await rig.write('one')
      await waitFor(async () => (await rig.status()).deadLetters === 1)
      const line = [rig.portal.id, 'telegram', '12']
      const { stdout } = await runCli(['dead-letters', 'list', ...line], env)
      assert.match(stdout, /EVENT +TYPE +CHAT +TIME +GIVEN UP +REASON/)
      assert.match(stdout, /message\.new +55 +\d{4}-.*no\\u\{1b\}\[2Jthanks/)
      const id = String(rig.portal.server.received[0]?.id)
      await rig.hub.app.services.journal?.flush()
      const { items } = await cli.json<Shown>(['message', id], env)
      assert.equal(items[0]?.waits?.queue, 'dead letters')
      await cli.run(['dead-letters', 'replay', ...line, id], env)
      const replayed = await cli.json<Shown>(['message', id], env)
      const steps = replayed.items[0]?.steps.map(({ step }) => step) ?? []
      assert.ok(steps.includes('replayed'), 'a command of its own is in the journal, too')
    })

    it('says when nothing is known, and refuses what is no id or no number', async () => {
      await using rig = await startDeliveryRig(store)
      const env = environmentOf(rig)
      const unknown = await cli.run(['message', 'evt_\u001b[31m'], env)
      assert.equal(unknown.code, 1)
      assert.match(unknown.stderr, /nothing is known of evt_\\u\{1b\}/)
      assert.deepEqual(await cli.json(['message', 'nobody'], env), { items: [] })
      assert.equal((await cli.run(['message', 'x'.repeat(100_000)], env)).code, 1)
      assert.equal((await cli.run(['message', ''], env)).code, 1)
      for (const limit of ['0', '-1', 'x', '100000', '1.5']) {
        const args = ['queue', rig.portal.id, 'telegram', '12', `--limit=${limit}`]
        assert.equal((await cli.run(args, env)).code, 64, limit)
      }
    })
  })
}

function environmentOf({ databaseUrl }: DeliveryRig): Record<string, string> {
  return { HUB_DATABASE_URL: databaseUrl, HUB_SECRET_KEY: TEST_KEY }
}
