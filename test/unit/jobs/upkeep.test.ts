import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Upkeep } from '../../../src/core/dialect.ts'
import type { Portal } from '../../../src/core/portal.ts'
import { UpkeepRounds } from '../../../src/jobs/upkeep.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

const MINUTE_MS = 60_000

describe('what dialects do by the clock', () => {
  it('visits each portal in its turn, and one that fails again the next time', async () => {
    const rig = openRig(['prt_1', 'prt_2', 'prt_off'], 2 * MINUTE_MS)
    rig.fail('prt_1')
    assert.deepEqual(await rig.round(), { visited: 2, failed: 1 })
    assert.deepEqual(rig.visits, ['prt_1', 'prt_2'])
    assert.equal(rig.warnings.length, 1)
    await rig.clock.advance(MINUTE_MS)
    assert.deepEqual(await rig.round(), { visited: 0, failed: 0 })
    await rig.clock.advance(MINUTE_MS)
    assert.deepEqual(await rig.round(), { visited: 2, failed: 0 })
  })

  it('begins no further visit once it is told to stop', async () => {
    const stop = new AbortController()
    const ids = Array.from({ length: 50 }, (_, index) => `prt_${index}`)
    const rig = openRig(ids, MINUTE_MS, () => stop.abort())
    await rig.round(stop.signal)
    assert.ok(rig.visits.length <= 8)
  })
})

function openRig(ids: readonly string[], everyMs: number, onVisit = (): void => undefined) {
  const clock = createManualClock()
  const visits: string[] = []
  const warnings: object[] = []
  const failing = new Set<string>()
  const upkeep: Upkeep = {
    everyMs,
    async visit({ id }) {
      visits.push(id)
      onVisit()
      if (failing.delete(id)) throw new Error('made up')
    },
  }
  const none = (): void => undefined
  const rounds = new UpkeepRounds({
    clock,
    log: { debug: none, info: none, error: none, warn: (fields) => warnings.push(fields) },
    upkeeps: [{ dialect: 'acme', upkeep }],
    listPortals: async () => ids.map(toPortal),
  })
  return {
    ...{ clock, visits, warnings },
    fail: (id: string) => failing.add(id),
    round: (signal = new AbortController().signal) => rounds.job().work(signal),
  }
}

function toPortal(id: string): Portal {
  return {
    ...{ id, name: id, url: 'https://portal.example', dialect: 'acme', language: 'en' },
    format: { text: 'plain', emoji: 'unicode' },
    settings: {},
    secrets: [],
    ...(id === 'prt_off' ? { switchedOff: 'disabled' } : {}),
  }
}
