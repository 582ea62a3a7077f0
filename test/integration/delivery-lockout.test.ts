import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LooseEvent } from '../fakes/portal.ts'
import { startDeliveryRig, textsOf } from '../helpers/delivery-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const HOUR_MS = 3_600_000

const LADDER = [15, 60, 120, 180, 300, 675, 1350, 2700, 5400, 10_800, 21_600, 43_200]
const BROKEN = [
  ['a redirect', { redirect: 'http://127.0.0.1:1/elsewhere' }, /redirect/],
  ['silence', { fault: 'silence' }, /no answer within 300 ms/],
  ['a reset', { fault: 'reset' }, /ECONNRESET|UND_ERR_SOCKET/],
  ['half an answer', { body: { accepted: [] }, fault: 'half' }, /UND_ERR|terminated|ECONN/],
  ['bytes that are not HTTP', { fault: 'garbage' }, /HPE_|HTTP|UND_ERR/],
  ['a 404', { status: 404 }, /HTTP 404/],
] as const

for (const store of testStores()) {
  describe(`the lockout on ${store.name}`, () => {
    it('locks a line whose portal is down, and delivers all in order when it is back', async () => {
      await using rig = await startDeliveryRig(store)
      await rig.portal.server.stop()
      await rig.write('1')
      const locked = await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      assert.equal(locked.attempt, 1)
      assert.equal(Date.parse(locked.lockedUntil) - Date.parse(locked.firstFailedAt), 15_000)
      assert.match(locked.lastError, /ECONN|socket/i)
      await rig.write('2', '3', '4', '5')
      assert.equal((await rig.status()).queue.depth, 5)
      await rig.portal.server.start()
      rig.clock.jump(15_000)
      const events = await rig.portal.server.waitForEvents(5)
      assert.deepEqual(textsOf(events), ['1', '2', '3', '4', '5'])
      const sizes = rig.portal.server.packets
        .filter(({ body }) => body.type === 'events')
        .map(({ body }) => body.events?.length)
      assert.deepEqual(sizes, [1, 2, 2], 'a probe of one, then doubling')
      const status = await waitFor(async () => {
        const now = await rig.status()
        return now.queue.depth === 0 ? now : undefined
      }, 'an empty queue')
      assert.equal(status.lockout, undefined)
    })

    it('shows the lockout to who asks until an attempt has succeeded, with what the portal answered', async () => {
      await using rig = await startDeliveryRig(store)
      const page = `<html>${'Fatal error '.repeat(100)}</html>`
      rig.portal.server.answer(() => ({ status: 500, body: page }))
      await rig.write('1')
      await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      // Asking is a sign of life and makes the line due; it is locked all the same.
      interface Shown {
        readonly lockout?: object
        readonly lastFailure?: Readonly<Record<string, unknown>>
      }
      const line = { connector: 'telegram', line: '12' }
      const seen = await rig.portal.hub.getStatus<Shown>(line)
      assert.ok(seen.lockout)
      const { at, ...failure } = seen.lastFailure ?? {}
      assert.match(String(at), /^\d{4}-.*Z$/)
      assert.deepEqual(failure, {
        attempt: 1,
        error: 'HTTP 500',
        httpStatus: 500,
        body: page.slice(0, 500),
      })
      // The attempt that the call has brought about is another failure, and may still be under way.
      await rig.portal.server.waitForPackets(2, 'events')
      await rig.allNoted()
      rig.portal.server.answer()
      await rig.portal.hub.retryNow(line)
      await rig.portal.server.waitForEvents(1)
      const after = await waitFor(async () => {
        const now = await rig.portal.hub.getStatus<Shown>(line)
        return now.lockout === undefined ? now : undefined
      }, 'the end of the lockout')
      assert.equal(after.lastFailure, undefined)
    })

    it('climbs the whole ladder, expires what was queued at the last attempt, and starts anew', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer(() => ({ status: 500 }))
      await rig.write('old 1', 'old 2')
      let waited = 0
      for (const [index, seconds] of LADDER.entries()) {
        const lockout = await waitFor(
          async () => {
            const now = (await rig.status()).lockout
            return now?.attempt === index + 1 ? now : undefined
          },
          `attempt ${index + 1} to fail`,
        )
        assert.equal(lockout.lastError, 'HTTP 500')
        const left = Date.parse(lockout.lockedUntil) - rig.clock.now()
        assert.ok(left > seconds * 1000 - 3000 && left <= seconds * 1000, `${left} of ${seconds} s`)
        rig.clock.jump(left)
        waited += seconds
      }
      assert.equal(waited, 86_400)
      const dead = await waitFor(async () => {
        const { deadLetters, queue, lockout } = await rig.status()
        return deadLetters === 2 && queue.depth === 0 && !lockout
      }, 'the events to expire')
      assert.ok(dead)
      const attempts = rig.portal.server.packets.filter(({ body }) => body.type === 'events')
      assert.equal(attempts.length, LADDER.length + 1)
      assert.deepEqual(
        attempts.map(({ body }) => body['attempt']),
        Array.from({ length: LADDER.length + 1 }, (_, index) => index + 1),
      )
      await rig.write('new')
      const { lockout } = await waitFor(async () => {
        const status = await rig.status()
        return status.lockout ? status : undefined
      }, 'a new lockout')
      assert.equal(lockout?.attempt, 1)
    })

    it('locks for as long as Retry-After says, but not less than the step', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer({ status: 503, headers: { 'retry-after': '100' } })
      await rig.write('1')
      const lockout = await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      const lengthMs = Date.parse(lockout.lockedUntil) - Date.parse(lockout.firstFailedAt)
      assert.equal(lengthMs, 100_000)
    })

    for (const [name, answer, error] of BROKEN) {
      it(`takes ${name} as a failed attempt and loses nothing`, async () => {
        await using rig = await startDeliveryRig(store, { HUB_PORTAL_TIMEOUT_MS: '300' })
        rig.portal.server.answer(answer)
        await rig.write('1', '2')
        const lockout = await waitFor(async () => (await rig.status()).lockout, 'a lockout')
        assert.match(lockout.lastError, error)
        rig.portal.server.answer()
        rig.clock.jump(15_000)
        assert.deepEqual(textsOf(await rig.portal.server.waitForEvents(2)), ['1', '2'])
      })
    }

    it('tries at once when the portal shows life, and leaves the ladder alone if that fails', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer(() => ({ status: 500 }))
      await rig.write('1')
      const first = await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      const attempts = () =>
        rig.portal.server.packets.filter(({ body }) => body.type === 'events').length
      assert.equal(attempts(), 1)
      await rig.portal.hub.ping()
      await waitFor(() => attempts() === 2, 'an attempt ahead of the ladder')
      await rig.allNoted()
      const after = await waitFor(async () => (await rig.status()).lockout, 'the lockout again')
      assert.equal(after.attempt, first.attempt)
      assert.equal(after.lockedUntil, first.lockedUntil)
      rig.portal.server.answer()
      await rig.portal.hub.retryNow({ connector: 'telegram', line: '12' })
      assert.deepEqual(textsOf(await rig.portal.server.waitForEvents(1)), ['1'])
    })

    it('does not count an attempt that the stop of the hub breaks off', async () => {
      await using rig = await startDeliveryRig(store, { HUB_PORTAL_TIMEOUT_MS: '120000' })
      const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
      let isFirst = true
      rig.portal.server.answer(() => {
        enter()
        if (!isFirst) return {}
        isFirst = false
        return { fault: 'silence' }
      })
      await rig.write('1')
      await entered
      let isRestarted = false
      const restarted = rig.hub.restart().then(() => {
        isRestarted = true
      })
      await waitFor(() => {
        rig.clock.jump(500)
        return isRestarted
      }, 'the stop to break the packet off')
      await restarted
      const events = await rig.portal.server.waitForEvents(1)
      assert.deepEqual(textsOf(events), ['1'])
      const delivered = rig.portal.server.packets.at(-1)
      assert.equal(delivered?.body['attempt'], 1)
    })

    it('sets a poison event aside after three probes when the portal answers a test', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer(({ body }) =>
        textsOf(body.events ?? []).includes('poison') ? { status: 422 } : {},
      )
      await rig.write('poison', 'after')
      for (const strikes of [1, 2]) {
        const locked = await waitFor(async () => {
          const { lockout } = await rig.status()
          return lockout?.attempt === strikes ? lockout : undefined
        }, `${strikes} failed probes`)
        rig.clock.jump(Date.parse(locked.lockedUntil) - rig.clock.now())
      }
      await waitFor(async () => (await rig.status()).deadLetters === 1, 'a dead letter')
      const events = await rig.portal.server.waitForEvents(1)
      assert.deepEqual(textsOf(events), ['after'])
      const probes = rig.portal.server.packets.filter(({ body }) =>
        textsOf((body.events ?? []) as LooseEvent[]).includes('poison'),
      )
      assert.ok(probes.length <= 4, `${probes.length} packets held it`)
      const { items } = await rig.portal.hub.listDeadLetters<{ items: { reason: string }[] }>({
        connector: 'telegram',
        line: '12',
      })
      assert.match(items[0]?.reason ?? '', /^poison: HTTP 422/)
    })

    it('keeps dead letters for a week and then forgets them', async () => {
      await using rig = await startDeliveryRig(store)
      rig.portal.server.answer(({ body }) => ({
        body: { accepted: [], rejected: body.events?.map(({ id }) => ({ id, reason: 'no' })) },
      }))
      await rig.write('1')
      await waitFor(async () => (await rig.status()).deadLetters === 1, 'a dead letter')
      const { prune } = await import('../../src/jobs/prune.ts')
      const options = { dedupeMs: 24 * HOUR_MS, deadLetterMs: 7 * 24 * HOUR_MS }
      const { store: db } = rig.hub.app.services
      await prune(db, rig.clock.now() + 6 * 24 * HOUR_MS, options)
      assert.equal((await rig.status()).deadLetters, 1)
      await prune(db, rig.clock.now() + 8 * 24 * HOUR_MS, options)
      assert.equal((await rig.status()).deadLetters, 0)
    })
  })
}
