import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FairScheduler } from '../../../src/inbox/fair-scheduler.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the fair scheduler', () => {
  it('gives a portal with one line its turn among the many of another', async () => {
    const scheduler = new FairScheduler({ perPortal: 1, total: 1 })
    const order: string[] = []
    const add = (portal: string, name: string): void =>
      scheduler.add(portal, async () => {
        order.push(name)
        await turn()
      })
    for (let line = 0; line < 50; line++) add('big', `big ${line}`)
    add('small', 'small')
    while (order.length < 51) await turn()
    assert.ok(order.indexOf('small') <= 2, `its turn came at ${order.indexOf('small')}`)
    assert.deepEqual(
      order.filter((name) => name !== 'small'),
      Array.from({ length: 50 }, (_, line) => `big ${line}`),
    )
  })

  it('keeps the limits per portal and in all', async () => {
    const scheduler = new FairScheduler({ perPortal: 3, total: 5 })
    let active = 0
    let most = 0
    let done = 0
    const perPortal = new Map<string, number>()
    const mostPerPortal = new Map<string, number>()
    for (let task = 0; task < 60; task++) {
      const portal = `portal ${task % 3}`
      scheduler.add(portal, async () => {
        most = Math.max(most, ++active)
        const now = (perPortal.get(portal) ?? 0) + 1
        perPortal.set(portal, now)
        mostPerPortal.set(portal, Math.max(mostPerPortal.get(portal) ?? 0, now))
        await turn()
        active--
        perPortal.set(portal, (perPortal.get(portal) ?? 1) - 1)
        done++
      })
    }
    while (done < 60) await turn()
    assert.equal(most, 5)
    assert.ok([...mostPerPortal.values()].every((count) => count <= 3))
  })
})
