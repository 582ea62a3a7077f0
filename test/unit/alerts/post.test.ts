import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert } from '../../../src/alerts/alert.ts'
import { AlertPost } from '../../../src/alerts/post.ts'
import { ALERT_SECRET, startAlertReceiver } from '../../fakes/alert-receiver.ts'
import { createJumpClock } from '../../helpers/jump-clock.ts'
import { waitFor } from '../../helpers/wait-for.ts'

const ALERT: Alert = {
  id: 'alr_1',
  type: 'test',
  at: '2026-01-01T00:00:00.000Z',
  hub: 'https://hub.example',
  message: 'x',
}

async function openPost(url?: string) {
  const clock = createJumpClock()
  const receiver = await startAlertReceiver(() => clock.now())
  const entries: Record<string, unknown>[] = []
  const say = (fields: object): void => void entries.push({ ...fields })
  const log = { debug: say, info: say, warn: say, error: say }
  const wall = clock
  const post = new AlertPost({ url: url ?? receiver.url, secret: ALERT_SECRET, clock, wall, log })
  return {
    clock,
    receiver,
    entries,
    post,
    failures: () => entries.filter(({ event }) => event === 'alert.failed'),
    async [Symbol.asyncDispose]() {
      await post.close()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

describe('posting alerts', () => {
  it('signs them as packets are signed, and repeats what was not taken under the same id', async () => {
    await using rig = await openPost()
    const { receiver, clock, post } = rig
    receiver.answer = 500
    post.send(ALERT)
    await waitFor(() => receiver.alerts.length === 1)
    receiver.answer = 204
    await waitFor(() => {
      clock.jump(1000)
      return receiver.alerts.length === 2
    })
    await waitFor(() => rig.entries.some(({ event }) => event === 'alert.sent'))
    assert.deepEqual(receiver.alerts, [ALERT, ALERT])
    assert.deepEqual(receiver.refused, [])
    assert.equal(rig.failures().length, 0)
  })

  for (const answer of [500, 302, 401] as const) {
    it(`gives up after some tries of ${answer}, follows nothing and says so once`, async () => {
      await using rig = await openPost()
      const { receiver, clock, post } = rig
      receiver.answer = answer
      for (let count = 0; count < 3; count++) post.send({ ...ALERT, id: `alr_${count}` })
      for (const tries of [1, 2, 3, 4, 5, 6]) {
        await waitFor(() => receiver.alerts.length === 3 * tries)
        // Answers that were given before these have been read by now.
        for (let count = 0; count < 3; count++) await fetch(receiver.url, { redirect: 'manual' })
        clock.jump(300_000)
      }
      await waitFor(() => rig.failures().length > 0)
      const [said] = rig.failures()
      assert.equal(said?.['reason'], `HTTP ${answer}`)
      assert.equal(JSON.stringify(rig.entries).includes('SECRET-PATH'), false)
      assert.ok(rig.failures().length <= 2)
    })
  }

  it('does not wait for ever for one that hangs', async () => {
    await using rig = await openPost()
    const { receiver, clock, post } = rig
    receiver.answer = 'hang'
    const tried = post.tryOnce(ALERT)
    await waitFor(() => receiver.alerts.length === 1)
    clock.jump(10_000)
    assert.deepEqual(await tried, { ok: false, reason: 'no answer within 10000 ms' })
  })

  it('keeps a bounded number when nobody is there', async () => {
    await using rig = await openPost('http://127.0.0.1:9/gone')
    for (let count = 0; count < 300; count++) rig.post.send({ ...ALERT, id: `alr_${count}` })
    const [said] = rig.failures()
    assert.equal(said?.['reason'], 'too many alerts wait for the receiver')
    assert.equal(rig.failures().length, 1)
  })
})
