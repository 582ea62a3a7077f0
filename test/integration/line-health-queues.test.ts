import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HealthRig, SCRIPTED, startHealthRig } from '../helpers/health-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const POLLING = { settings: { mode: 'polling' } }

async function write(rig: HealthRig, text: string): Promise<void> {
  const pushed = await rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text })
  assert.ok(!pushed.queued && pushed.status === 200, JSON.stringify(pushed))
}

/** Read without calling the hub: a call is a sign of life. */
async function status(rig: HealthRig) {
  const { lineOperations } = rig.hub.app.services
  const address = { portalId: rig.portal.id, connector: 'scripted', externalId: '7' }
  return await lineOperations.statusOf(address)
}

async function health(rig: HealthRig) {
  return (await status(rig)).health
}

/** The portal fails until the line has failed `count` times. */
async function failTwice(rig: HealthRig): Promise<void> {
  rig.portal.server.answer({ status: 500 })
  await write(rig, 'one')
  // The lock counts from when the failure is settled: before that, a jump of the clock would be too short.
  await waitFor(async () => (await status(rig)).lockout?.attempt === 1, 'the first lock')
  rig.clock.jump(16_000)
  await rig.portal.server.waitForPackets(2, 'events')
  await waitFor(async () => (await health(rig)).code === 'portal_unreachable', 'the lockout')
}

for (const store of testStores()) {
  describe(`what the queues say of a line's health on ${store.name}`, () => {
    it('portal_unreachable: after the second failed attempt, and told behind the events', async () => {
      await using rig = await startHealthRig(store)
      await failTwice(rig)
      const away = await health(rig)
      assert.deepEqual([away.state, away.action], ['degraded', 'portal'])
      assert.match(away.message ?? '', /HTTP 500/)
      const { store: db } = rig.hub.app.services
      const waiting = async (): Promise<string[]> =>
        (await db.rows<{ type: string }>('SELECT type FROM inbox_event ORDER BY seq')).map(
          ({ type }) => type,
        )
      await waitFor(async () => (await waiting()).length === 2, 'the packet in the queue')
      assert.deepEqual(await waiting(), ['message.new', 'line.health'])
      rig.portal.server.answer()
      rig.clock.jump(61_000)
      await rig.portal.server.waitForEvents(1)
      await waitFor(() => rig.told().at(-1)?.state === 'ok', 'the news of recovery')
      await waitFor(async () => (await waiting()).length === 0, 'an empty queue')
      assert.ok(rig.told().length <= 2)
      assert.equal((await health(rig)).state, 'ok')
    })

    it('one packet of a line waits at most, and the last state is what the portal learns', async () => {
      await using rig = await startHealthRig(store)
      await failTwice(rig)
      const { store: db, lineRepository } = rig.hub.app.services
      const [record] = await lineRepository.list()
      assert.ok(record)
      for (let turn = 0; turn < 5; turn++) {
        rig.script.answers = [turn % 2 === 0 ? [{ code: 'token_refused' }] : []]
        rig.clock.jump(61_000)
        await rig.hub.app.services.lineOperations.check(record)
        const [count] = await db.rows<{ n: number }>(
          "SELECT COUNT(*) AS n FROM inbox_event WHERE type = 'line.health'",
        )
        assert.ok((count?.n ?? 0) <= 1)
      }
      rig.portal.server.answer()
      rig.clock.jump(3_600_000)
      await rig.portal.server.waitForEvents(1)
      await waitFor(() => rig.told().at(-1)?.code === 'token_refused', 'the last state')
      assert.ok(rig.told().length <= 3)
    })

    it('a portal that knows no such packet has its line locked for nothing', async () => {
      await using rig = await startHealthRig(store)
      rig.portal.server.answer({ status: 400 }, 'line.health')
      rig.script.answers = [[{ code: 'channel_limits', words: 'x' }]]
      await rig.check()
      await rig.waitForTold(1)
      await write(rig, 'through')
      await rig.portal.server.waitForEvents(1)
      const { lockout } = (await rig.status()) as { lockout?: object }
      assert.equal(lockout, undefined)
      assert.equal(rig.told().length, 1)
      assert.deepEqual(await rig.portal.hub.listDeadLetters(SCRIPTED), { items: [] })
    })

    it('sending_paused: while an operator has stopped it', async () => {
      await using rig = await startHealthRig(store)
      const { lineOperations, lineRepository } = rig.hub.app.services
      const [record] = await lineRepository.list()
      assert.ok(record)
      await lineOperations.pause(record, 'paused by the operator')
      const paused = await rig.status()
      assert.deepEqual(
        [paused.health.state, paused.health.code, paused.health.action],
        ['broken', 'sending_paused', 'credentials'],
      )
      assert.match(paused.health.message ?? '', /paused by the operator/)
      assert.equal(paused.status, 'connected')
      await rig.waitForTold(1)
      await lineOperations.resume(record)
      assert.equal((await rig.status()).health.state, 'ok')
      await rig.waitForTold(2)
    })

    it('a send that is refused for its credentials: token_refused at once, and a check follows', async () => {
      await using rig = await startHealthRig(store)
      rig.telegram.removeBot(BOT_TOKEN)
      rig.script.answers = [[{ code: 'token_refused', words: 'from the check' }]]
      await rig.portal.hub.sendMessage({ ...SCRIPTED, chat: { id: '55' }, message: { text: 'x' } })
      await rig.portal.server.waitForPackets(1, 'connector.deactivated')
      await waitFor(async () => (await health(rig)).code === 'token_refused', 'the refusal')
      assert.equal((await rig.status()).status, 'failing')
      await waitFor(() => rig.script.checked.length > 0, 'the check')
      rig.telegram.addBot({ token: BOT_TOKEN, id: BOT_ID, username: 'desk_bot' })
      rig.script.answers = [[]]
      await rig.portal.hub.testConnect(SCRIPTED)
      assert.equal((await rig.status()).health.state, 'ok')
      await waitFor(() => rig.told().at(-1)?.state === 'ok', 'the recovery')
    })

    it('a token that was found refused before a send: the portal gets its notice all the same', async () => {
      await using rig = await startHealthRig(store)
      rig.script.answers = [[{ code: 'token_refused' }]]
      await rig.check()
      rig.telegram.removeBot(BOT_TOKEN)
      await rig.portal.hub.sendMessage({ ...SCRIPTED, chat: { id: '55' }, message: { text: 'x' } })
      await rig.portal.server.waitForPackets(1, 'connector.deactivated')
    })

    it('updates that can not be believed: one check a minute however many come', async () => {
      await using rig = await startHealthRig(store)
      const { url = '' } = rig.telegram.bot(BOT_ID).webhook ?? {}
      const flood = async (): Promise<void> => {
        await Promise.all(
          Array.from({ length: 50 }, async () => {
            const answer = await fetch(url, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: '{"update_id":1}',
            })
            assert.equal(answer.status, 401)
          }),
        )
      }
      await flood()
      await waitFor(() => rig.script.checked.length > 0, 'the check')
      await flood()
      const { store: db } = rig.hub.app.services
      const [row] = await db.rows<{ asked_at: number | null }>('SELECT asked_at FROM line_health')
      assert.equal(row?.asked_at ?? null, null)
      assert.equal(rig.script.checked.length, 1)
    })

    it('testConnect of a connected line that hears 401: broken', async () => {
      await using rig = await startHealthRig(store)
      rig.telegram.removeBot(BOT_TOKEN)
      await rig.portal.hub.testConnect(SCRIPTED)
      const status = await rig.status()
      assert.deepEqual([status.status, status.health.code], ['failing', 'token_refused'])
      assert.equal((await rig.waitForTold(1))[0]?.code, 'token_refused')
    })

    it('polling: a token that is refused is found at once, and is well again when a poll works', async () => {
      await using rig = await startHealthRig(store, POLLING)
      rig.telegram.removeBot(BOT_TOKEN)
      rig.telegram.fail('getUpdates', {
        status: 401,
        body: { ok: false, error_code: 401, description: 'Unauthorized' },
      })
      const [told] = await rig.waitForTold(1)
      assert.equal(told?.code, 'token_refused')
      assert.equal((await rig.status()).status, 'failing')
      // A check that finds nothing says nothing of polling.
      assert.equal((await rig.check()).code, 'token_refused')
      rig.telegram.addBot({ token: BOT_TOKEN, id: BOT_ID, username: 'desk_bot' })
      rig.clock.jump(61_000)
      await rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text: 'again' })
      await rig.portal.server.waitForEvents(1)
      await waitFor(async () => (await health(rig)).state === 'ok', 'health')
      assert.equal((await rig.status()).status, 'connected')
    })

    it('polling_stopped: a rival that goes on for a minute', async () => {
      await using rig = await startHealthRig(store, POLLING)
      const body = {
        ok: false,
        error_code: 409,
        description: 'Conflict: terminated by other getUpdates request',
      }
      rig.telegram.fail('getUpdates', { status: 409, body, times: 1000 })
      await rig.telegram.personWrites({ botId: BOT_ID, chatId: 55, text: 'wakes the poll' })
      // As the hub has noted them: the pause before the next poll begins with that.
      const conflicts = (): number => rig.hub.logText().split('"poll.failed"').length - 1
      await waitFor(() => conflicts() > 0, 'the first conflict')
      assert.equal((await health(rig)).state, 'ok')
      for (let turn = 0; turn < 8 && (await health(rig)).state === 'ok'; turn++) {
        const seen = conflicts()
        rig.clock.jump(61_000)
        await waitFor(() => conflicts() > seen, 'another conflict')
      }
      await waitFor(async () => (await health(rig)).code === 'polling_stopped', 'polling_stopped')
      const stopped = await rig.status()
      assert.deepEqual([stopped.health.state, stopped.health.action], ['broken', 'reconnect'])
    })

    it('speaks the language of the portal', async () => {
      await using rig = await startHealthRig(store)
      await rig.hub.app.services.portalOperations.edit(rig.portal.id, { language: 'ru' })
      rig.script.answers = [[{ code: 'webhook_overwritten', host: 'rival.example' }]]
      await rig.check()
      const [told] = await rig.waitForTold(1)
      assert.match(told?.message ?? '', /Канал отправляет.*rival\.example/)
    })
  })
}
