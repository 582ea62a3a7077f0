import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert, Occurrence } from '../../../src/alerts/alert.ts'
import { AlertDesk } from '../../../src/alerts/desk.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

const MINUTE_MS = 60_000

function openDesk() {
  const clock = createManualClock()
  const sent: Alert[] = []
  const claimed = new Map<string, number>()
  const state = { isAway: false, isStill: true }
  const isHeld = (name: string): boolean => {
    if (state.isAway) throw new Error('away')
    return clock.now() - (claimed.get(name) ?? Number.NEGATIVE_INFINITY) < 10 * MINUTE_MS
  }
  const create = (): AlertDesk =>
    new AlertDesk({
      clock,
      hub: 'https://hub.example',
      newId: () => `alr_${sent.length}`,
      send: (alert) => void sent.push(alert),
      isStill: async () => state.isStill,
      claims: {
        isHeld: async (name) => isHeld(name),
        async claim(name) {
          if (isHeld(name)) return false
          claimed.set(name, clock.now())
          return true
        },
      },
    })
  return { clock, sent, state, desk: create(), create }
}

function broken(...lines: string[]): Occurrence {
  return { type: 'line.broken', group: 'telegram', count: lines.length, subjects: lines, code: 'x' }
}

describe('alerts', () => {
  it('tell of a line that breaks within seconds, with what it is', async () => {
    const { desk, clock, sent } = openDesk()
    desk.raise(broken('p/telegram/1'))
    await clock.advance(3000)
    assert.deepEqual(sent, [
      {
        id: 'alr_0',
        type: 'line.broken',
        at: new Date(clock.now()).toISOString(),
        hub: 'https://hub.example',
        message: '1 line of telegram let no messages through (x)',
        count: 1,
        connector: 'telegram',
        lines: ['p/telegram/1'],
        code: 'x',
      },
    ])
  })

  it('make one of 100 000 lines of a channel that break at once, also over minutes', async () => {
    const { desk, clock, sent } = openDesk()
    for (let batch = 0; batch < 1000; batch++) {
      const lines = Array.from({ length: 10 }, (_, index) => `p/telegram/${batch * 100 + index}`)
      desk.raise({ ...broken(...lines), count: 100 })
      if (batch % 50 === 0) await clock.advance(10_000)
    }
    const [first, ...others] = sent
    assert.equal(first?.lines?.length, 10)
    assert.equal(others.length, 0)
    await clock.advance(11 * MINUTE_MS)
    assert.equal(sent.length, 2)
    assert.equal((first?.count ?? 0) + (sent[1]?.count ?? 0), 100_000)
  })

  it('tell of another line of the channel meanwhile, and of the same not within ten minutes', async () => {
    const { desk, clock, sent } = openDesk()
    desk.raise(broken('p/telegram/1'))
    await clock.advance(MINUTE_MS)
    desk.raise(broken('p/telegram/2'))
    desk.raise(broken('p/telegram/1'))
    await clock.advance(MINUTE_MS)
    assert.deepEqual(
      sent.map(({ lines }) => lines),
      [['p/telegram/1'], ['p/telegram/2']],
    )
    await clock.advance(11 * MINUTE_MS)
    assert.deepEqual(sent[2]?.lines, ['p/telegram/1'])
    assert.equal(sent.length, 3)
  })

  it('do not tell later of what is over by then', async () => {
    const { desk, clock, sent, state } = openDesk()
    desk.raise(broken('p/telegram/1'))
    await clock.advance(MINUTE_MS)
    desk.raise(broken('p/telegram/1'))
    state.isStill = false
    await clock.advance(30 * MINUTE_MS)
    assert.equal(sent.length, 1)
  })

  it('are sent by one of several processes', async () => {
    const { desk, clock, sent, create } = openDesk()
    const other = create()
    const many = { ...broken(...'123456789'.split('')), count: 5000 }
    desk.raise(many)
    await clock.advance(3000)
    other.raise(many)
    await clock.advance(3000)
    assert.equal(sent.length, 1)
  })

  it('go out although the store is away, and what waits goes out at the end', async () => {
    const { desk, clock, sent, state } = openDesk()
    state.isAway = true
    desk.raise({ type: 'store.away', group: 'store', count: 1, subjects: ['store'] })
    await clock.advance(3000)
    assert.deepEqual(
      sent.map(({ type, message }) => [type, message]),
      [['store.away', 'the store does not answer']],
    )
    desk.raise({ type: 'process.died', group: 'host', count: 1, subjects: ['host (7)'] })
    await desk.close()
    assert.deepEqual(sent[1]?.processes, ['host (7)'])
  })
})
