import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import type { Portal } from '../../../src/core/portal.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { Speakers } from '../../../src/portal/speakers.ts'
import { acme } from '../../fakes/acme/dialect.ts'
import { createDialectMemory } from '../../helpers/dialect-memory.ts'

describe('the speakers of all dialects', () => {
  it('a make of portal without a place for the health of lines has taken it unsent', async () => {
    const say = (): void => undefined
    const speakers = new Speakers([acme], {
      guard: createTargetGuard([]),
      clock: systemClock,
      log: { debug: say, info: say, warn: say, error: say },
      timeoutMs: 100,
      publicUrl: 'https://hub.example',
      memory: createDialectMemory(),
    })
    const portal: Portal = {
      id: 'prt_1',
      name: 'Acme',
      url: 'http://127.0.0.1:9/',
      dialect: acme.id,
      format: { text: 'plain', emoji: 'unicode' },
      language: 'en',
      settings: {},
      secrets: [],
    }
    const address = { lineId: 7, connector: 'telegram', externalLine: '12' }
    const notice = { portal, address, attempt: 1, seq: 5, health: { state: 'ok' } }
    const answer = await speakers.tellHealth(notice, new AbortController().signal)
    assert.deepEqual(answer, { kind: 'answered', accepted: [5], rejected: [] })
    await speakers.close()
  })
})
