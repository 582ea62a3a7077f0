import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { StoreLockedError, StoreUnavailableError } from '../../../src/core/errors.ts'
import { foldOutages } from '../../../src/log/outages.ts'

describe('what the log says of a store that is away', () => {
  function open(level = 'info') {
    let now = 0
    const lines: Record<string, unknown>[] = []
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
    const hooks = { logMethod: foldOutages(() => now) }
    const log = pino({ level, base: null, timestamp: false, hooks }, destination)
    const pass = (ms: number): void => {
      now += ms
    }
    const events = () => lines.map(({ event }) => event)
    return { log, lines, events, pass }
  }
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const away = { event: 'inbox.poll-failed', err: new StoreUnavailableError('away', { cause }) }

  it('is one line, repeated once a minute with the count, and one when it is back', () => {
    const { log, lines, events, pass } = open()
    const child = log.child({ part: 'outbox' })
    for (let second = 0; second < 130; second++) {
      log.warn(away, 'could not look for due lines')
      child.error({ ...away, event: 'outbox.poll-failed' }, 'could not look')
      pass(1000)
    }
    log.info({ event: 'store.recovered' }, 'back')
    log.info({ event: 'store.recovered' }, 'back')
    assert.deepEqual(events(), [
      ...Array(3).fill('store.unreachable'),
      ...Array(2).fill('store.recovered'),
    ])
    assert.deepEqual(
      lines.map(({ failures, seconds }) => [failures, seconds]),
      [
        [1, 0],
        [121, 60],
        [241, 120],
        [260, 130],
        [undefined, undefined],
      ],
    )
    assert.equal(lines[0]?.['reason'], 'ECONNREFUSED')
    assert.ok(!JSON.stringify(lines).includes('stack'))
    log.warn(away, 'away again')
    assert.equal(lines.at(-1)?.['failures'], 1)
  })

  it('leaves everything else as it is, rows that are locked too', () => {
    const { log, events } = open()
    log.warn({ event: 'a', err: new StoreLockedError('locked') }, 'x')
    log.warn({ event: 'b', err: new Error('other') }, 'x')
    log.info({ event: 'c' }, 'x')
    log.warn('words alone')
    assert.deepEqual(events(), ['a', 'b', 'c', undefined])
  })

  it('tells single failures at debug', () => {
    const { log, events } = open('debug')
    log.warn(away, 'could not look')
    assert.deepEqual(events(), ['store.unreachable', 'inbox.poll-failed'])
  })
})
