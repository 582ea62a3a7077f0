import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readIsoInstant } from '#core/shapes/comm-fields.ts'
import { isTimeZone } from '#core/time-zone.ts'
import { parseLocal, toWall } from '../../../src/communications/schedule/local-time.ts'
import {
  cronProblem,
  dailyAt,
  nextDue,
  type Plan,
} from '../../../src/communications/schedule/plan.ts'
import { quietEnd } from '../../../src/communications/schedule/quiet-hours.ts'

const at = (iso: string) => Date.parse(iso)
const iso = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z')

/** The next `count` times of a plan. */
function timesOf(plan: Plan, from: string, count: number): (string | undefined)[] {
  const times: (string | undefined)[] = []
  let after = at(from)
  while (times.length < count) {
    const due = nextDue(plan, after, at(from))
    times.push(iso(due))
    if (due === undefined) break
    after = due
  }
  return times
}

describe('nextDue by cron', () => {
  const NIGHTS: readonly (readonly [string, Plan, string, readonly string[]])[] = [
    [
      '02:30 in the night when that hour is left out: once, at the end of the gap',
      { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
      '2026-03-28T02:00:00Z',
      ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    ],
    [
      '02:30 in the night when that hour comes twice: once, at its first coming',
      { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    ],
    [
      'every half an hour goes on through the doubled hour',
      { cron: '*/30 * * * *', timeZone: 'Europe/Berlin' },
      '2026-10-25T00:00:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z'],
    ],
    [
      'Lord Howe, where the clock jumps by half an hour',
      { cron: '15 2 * * *', timeZone: 'Australia/Lord_Howe' },
      '2026-10-02T16:00:00Z',
      ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z'],
    ],
    [
      'Lord Howe, where half an hour comes twice',
      { cron: '45 1 * * *', timeZone: 'Australia/Lord_Howe' },
      '2026-04-04T00:00:00Z',
      ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'],
    ],
    [
      'Apia, which had no 30 December 2011',
      { cron: '0 12 * * *', timeZone: 'Pacific/Apia' },
      '2011-12-29T00:00:00Z',
      ['2011-12-29T22:00:00Z', '2011-12-30T22:00:00Z'],
    ],
    [
      'Kathmandu, 5 h 45 min ahead',
      { cron: '0 9 * * *', timeZone: 'Asia/Kathmandu' },
      '2026-01-01T00:00:00Z',
      ['2026-01-01T03:15:00Z', '2026-01-02T03:15:00Z'],
    ],
    [
      'São Paulo, where midnight was left out',
      { cron: '0 0 * * *', timeZone: 'America/Sao_Paulo' },
      '2018-11-03T12:00:00Z',
      ['2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    ],
    [
      'the 29th of February',
      { cron: '0 0 29 2 *' },
      '2026-01-01T00:00:00Z',
      ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z'],
    ],
    [
      'a day of the month or a day of the week',
      { cron: '0 0 13 * FRI' },
      '2026-01-03T00:00:00Z',
      ['2026-01-09T00:00:00Z', '2026-01-13T00:00:00Z'],
    ],
    ['Sunday as 7', { cron: '0 9 * * 7' }, '2026-01-01T00:00:00Z', ['2026-01-04T09:00:00Z']],
  ]
  for (const [name, plan, from, expected] of NIGHTS) {
    it(name, () => assert.deepEqual(timesOf(plan, from, expected.length), expected))
  }

  it('runs a night once also when it is asked in the middle of the doubled hour', () => {
    const plan = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' }
    for (const after of ['00:30:00', '00:45:00', '01:10:00', '01:30:00']) {
      const due = nextDue(plan, at(`2026-10-25T${after}Z`), 0)
      assert.equal(iso(due), '2026-10-26T01:30:00Z', after)
    }
  })

  it('comes once a day over years, in every zone, and never sooner than asked', () => {
    const zones = ['Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York', 'Africa/Casablanca']
    const given = fc.record({
      zone: fc.constantFrom(...zones),
      minute: fc.nat(59),
      hour: fc.nat(4),
      start: fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') }),
    })
    fc.assert(
      fc.property(given, ({ zone, minute, hour, start }) => {
        const plan = { cron: `${minute} ${hour} * * *`, timeZone: zone }
        let after = start
        for (let day = 0; day < 40; day += 1) {
          const due = nextDue(plan, after, start) ?? 0
          const gap = due - after
          assert.ok(gap > 0 && gap <= 26 * 3_600_000, iso(due))
          if (day > 0) {
            const days = Math.floor(toWall(due, zone) / 86_400_000)
            assert.equal(days - Math.floor(toWall(after, zone) / 86_400_000), 1)
          }
          after = due
        }
      }),
      { numRuns: 60 },
    )
  })

  it('ends at until, which it may still reach', () => {
    const plan = { cron: '0 9 * * *', until: at('2026-01-02T09:00:00Z') }
    assert.deepEqual(timesOf(plan, '2026-01-01T00:00:00Z', 3), [
      '2026-01-01T09:00:00Z',
      '2026-01-02T09:00:00Z',
      undefined,
    ])
  })

  it('is over without a rhythm', () => assert.equal(nextDue({}, 0, 0), undefined))
})

describe('nextDue by period', () => {
  const base = at('2026-01-01T00:00:00Z')

  it('stays in step with its first time however late it is asked', () => {
    const plan = { periodSec: 60 }
    assert.equal(nextDue(plan, base, base), base + 60_000)
    assert.equal(nextDue(plan, base + 59_999, base), base + 60_000)
    assert.equal(nextDue(plan, base + 60_000, base), base + 120_000)
    assert.equal(nextDue(plan, base - 5, base), base)
  })

  it('leaves out what was missed while the hub was down for days', () => {
    const now = base + 5 * 86_400_000 + 1234
    assert.equal(nextDue({ periodSec: 3600 }, now, base), base + 5 * 86_400_000 + 3_600_000)
    assert.equal(
      iso(nextDue({ cron: '0 9 * * *' }, at('2026-01-06T10:00:00Z'), base)),
      '2026-01-07T09:00:00Z',
    )
  })
})

describe('cronProblem', () => {
  for (const good of ['* * * * *', '*/5 9-17 * * MON-FRI', '0 0 1,15 jan,JUL *', '  0  9 * * 0 ']) {
    it(`takes ${good}`, () => assert.equal(cronProblem(good), undefined))
  }
  const BAD = [
    '',
    '* * * *',
    '* * * * * *',
    '@daily',
    '60 * * * *',
    '*/0 * * * *',
    '5-1 * * * *',
    '1,,2 * * * *',
    'L * * * *',
    '0 0 L * *',
    '0 0 15W * *',
    '0 0 ? * *',
    '0 0 * * MON#1',
    '0 0 * mon *',
    '0 0 32 * *',
    '0 0 31 2 *',
    'a b c d e',
    '-1 * * * *',
    '2026-01-01T00:00:00',
    '0 0 * * 8',
    '99999999999999999999 * * * *',
  ]
  for (const bad of BAD) {
    it(`refuses ${JSON.stringify(bad)}`, () => assert.ok(cronProblem(bad)))
  }
})

describe('dailyAt', () => {
  it('is every day at the time of day', () => {
    assert.equal(dailyAt('2026-05-01 09:05:30'), '5 9 * * *')
  })
})

describe('parseLocal', () => {
  const TIMES: readonly (readonly [string, string, string])[] = [
    ['2026-07-01 09:00:00', 'Europe/Moscow', '2026-07-01T06:00:00Z'],
    ['2026-01-01 00:00:00', 'Asia/Kathmandu', '2025-12-31T18:15:00Z'],
    // Left out: the end of the gap.
    ['2026-03-29 02:30:00', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['2026-10-04 02:15:00', 'Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
    ['2011-12-30 12:00:00', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
    // Twice: the first.
    ['2026-10-25 02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['2026-04-05 01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z'],
    // Just outside of both.
    ['2026-03-29 01:59:59', 'Europe/Berlin', '2026-03-29T00:59:59Z'],
    ['2026-03-29 03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['2026-10-25 03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00Z'],
    ['1970-01-01 00:00:00', 'UTC', '1970-01-01T00:00:00Z'],
    ['9999-12-31 23:59:59', 'UTC', '9999-12-31T23:59:59Z'],
    ['2028-02-29 12:00:00', 'UTC', '2028-02-29T12:00:00Z'],
  ]
  for (const [text, zone, expected] of TIMES) {
    it(`${text} in ${zone}`, () => assert.equal(iso(parseLocal(text, zone)), expected))
  }

  it('takes nothing else', () => {
    const wrong = [
      '2026-02-30 09:00:00',
      '2026-13-01 09:00:00',
      '2026-01-01 24:00:00',
      '2026-01-01 09:60:00',
      '2026-01-01T09:00:00',
      '2026-01-01 09:00',
      '2026-1-1 09:00:00',
      ' 2026-01-01 09:00:00',
      '2026-01-01 09:00:00Z',
      '2026-01-01 09:00:00\n',
      '1969-12-31 23:59:59',
      '٢٠٢٦-01-01 09:00:00',
    ]
    for (const text of wrong) assert.equal(parseLocal(text, 'UTC'), undefined, text)
  })

  it('is what a clock there shows, at any time of any year', () => {
    const zones = [
      'Europe/London',
      'America/St_Johns',
      'Pacific/Chatham',
      'Africa/El_Aaiun',
      'Asia/Tehran',
    ]
    const given = fc.tuple(fc.constantFrom(...zones), fc.integer({ min: 0, max: 4_000_000_000 }))
    fc.assert(
      fc.property(given, ([zone, second]) => {
        const wall = toWall(second * 1000, zone)
        const text = new Date(wall).toISOString().slice(0, 19).replace('T', ' ')
        if (wall < 0) return
        const found = parseLocal(text, zone) ?? -1
        assert.equal(toWall(found, zone), wall)
        assert.ok(found <= second * 1000)
      }),
      { numRuns: 300 },
    )
  })
})

describe('quietEnd', () => {
  const night = { from: '22:00', to: '08:00', timeZone: 'Europe/Berlin' }
  const noon = { from: '12:00', to: '13:30', timeZone: 'Asia/Kathmandu' }
  const CASES: readonly (readonly [string, typeof night, string, string | undefined])[] = [
    ['before', night, '2026-07-01T19:59:59Z', undefined],
    ['at the beginning', night, '2026-07-01T20:00:00Z', '2026-07-02T06:00:00Z'],
    ['before midnight', night, '2026-07-01T21:59:59Z', '2026-07-02T06:00:00Z'],
    ['behind midnight', night, '2026-07-01T22:00:00Z', '2026-07-02T06:00:00Z'],
    ['at the end', night, '2026-07-02T06:00:00Z', undefined],
    ['in the short night', night, '2026-03-28T22:00:00Z', '2026-03-29T06:00:00Z'],
    ['in the long night', night, '2026-10-24T22:00:00Z', '2026-10-25T07:00:00Z'],
    ['by day', noon, '2026-01-01T06:15:00Z', '2026-01-01T07:45:00Z'],
    ['by day, over', noon, '2026-01-01T07:45:00Z', undefined],
  ]
  for (const [name, hours, now, expected] of CASES) {
    it(name, () => assert.equal(iso(quietEnd(hours, at(now))), expected))
  }

  it('has ended with the first coming of an hour that comes twice', () => {
    const hours = { from: '22:00', to: '02:30', timeZone: 'Europe/Berlin' }
    assert.equal(iso(quietEnd(hours, at('2026-10-25T00:10:00Z'))), '2026-10-25T00:30:00Z')
    assert.equal(quietEnd(hours, at('2026-10-25T01:10:00Z')), undefined)
  })
})

describe('isTimeZone', () => {
  it('knows the names of the IANA database', () => {
    for (const name of ['UTC', 'Europe/Moscow', 'America/Argentina/Buenos_Aires', 'Etc/GMT+3']) {
      assert.ok(isTimeZone(name), name)
    }
    for (const name of [
      '',
      'Mars/Olympus',
      '+03:00',
      'Europe/Moscow ',
      'x'.repeat(100),
      '../etc',
    ]) {
      assert.ok(!isTimeZone(name), name)
    }
  })
})

describe('readIsoInstant', () => {
  it('reads an instant with its offset', () => {
    assert.equal(iso(readIsoInstant('2026-01-31T09:00:00Z')), '2026-01-31T09:00:00Z')
    assert.equal(iso(readIsoInstant('2026-01-31T09:00:00.5+03:00')), '2026-01-31T06:00:00.500Z')
    assert.equal(iso(readIsoInstant('2026-01-31T09:00-0930')), '2026-01-31T18:30:00Z')
    assert.equal(iso(readIsoInstant('9999-12-31T23:59:59Z')), '9999-12-31T23:59:59Z')
  })

  it('takes nothing else', () => {
    const wrong = [
      '2026-01-31T09:00:00',
      '2026-01-31',
      '2026-02-30T09:00:00Z',
      '2026-01-31T24:00:00Z',
      '2026-01-31T09:60:00Z',
      '2026-01-31T09:00:00+25:00',
      '1969-12-31T23:59:59Z',
      '+010000-01-01T00:00:00Z',
      '9999-12-31T23:59:59-01:00',
      '0000-01-01T00:00:00Z',
      'tomorrow',
      '1800000000',
    ]
    for (const text of wrong) assert.equal(readIsoInstant(text), undefined, text)
  })
})
