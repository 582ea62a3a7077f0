import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readInstant } from '../../src/core/instant.ts'

const AT = 1_767_225_600_123

describe('an instant as channels write it', () => {
  for (const [name, value, expected] of [
    ['seconds', 1_767_225_600, 1_767_225_600_000],
    ['seconds with a fraction', 1_767_225_600.123, AT],
    ['milliseconds', AT, AT],
    ['microseconds', 1_767_225_600_123_456, AT],
    ['nanoseconds', Number('1767225600123456789'), AT],
    ['seconds as text', '1767225600', 1_767_225_600_000],
    ['seconds with a fraction, as text', '1767225600.123000', AT],
    ['nanoseconds as text', '1767225600123456789', AT],
    ['ISO 8601', '2026-01-01T00:00:00.123Z', AT],
    ['ISO 8601 with a zone', '2026-01-01T03:00:00.123+03:00', AT],
  ] as const) {
    it(`is told by its size: ${name}`, () => assert.equal(readInstant(value), expected))
  }

  for (const value of [
    0,
    -1,
    1,
    '0',
    '',
    'yesterday',
    null,
    undefined,
    {},
    Number.NaN,
    1e30,
    '1e9',
    '12:00',
  ]) {
    it(`is none: ${JSON.stringify(value)}`, () => assert.equal(readInstant(value), undefined))
  }
})
