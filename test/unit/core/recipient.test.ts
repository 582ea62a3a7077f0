import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ParamsError } from '../../../src/core/errors.ts'
import { objectParam } from '../../../src/core/object-param.ts'
import { parseParams } from '../../../src/core/params.ts'
import {
  changeAttributes,
  changeTags,
  isDialogOpen,
  leadScope,
  type Recipient,
  RecipientFullError,
} from '../../../src/core/recipient.ts'
import { isTimeZone } from '../../../src/core/time-zone.ts'

const IDLE = 1000

describe('a dialog', () => {
  const cases: [string, Pick<Recipient, 'dialogAt' | 'dialogClosedAt'>, boolean][] = [
    ['was never', {}, false],
    ['is open from its last message', { dialogAt: 9001 }, true],
    ['is over when nobody has written for so long', { dialogAt: 9000 }, false],
    ['is over when it was closed', { dialogAt: 9500, dialogClosedAt: 9500 }, false],
    ['is open again with the next message', { dialogAt: 9501, dialogClosedAt: 9500 }, true],
  ]
  for (const [title, dialog, isOpen] of cases) {
    it(title, () => assert.equal(isDialogOpen(dialog, 10_000, IDLE), isOpen))
  }
})

describe('changes of a recipient', () => {
  it('tags are sorted, and one that is removed and added is there', () => {
    assert.deepEqual(changeTags(['b', 'x'], { addTags: ['a', 'x'], removeTags: ['x', 'b'] }), [
      'a',
      'x',
    ])
  })

  it('a hundred tags are the most, and one who has them all may lose some', () => {
    const all = Array.from({ length: 100 }, (_, index) => `t${index}`)
    assert.equal(changeTags([], { addTags: all }).length, 100)
    assert.throws(() => changeTags(all, { addTags: ['more'] }), RecipientFullError)
    assert.equal(changeTags(all, { addTags: ['more'], removeTags: ['t1'] }).length, 100)
  })

  it('attributes are counted in bytes of their JSON', () => {
    const around = (length: number) => changeAttributes({}, { a: '😀'.repeat(length) })
    assert.ok(around(4094))
    assert.throws(() => around(4095), RecipientFullError)
    assert.deepEqual(changeAttributes({ a: 1, b: 2 }, { a: null, c: [null] }), { b: 2, c: [null] })
  })

  it('a name like __proto__ is a name', () => {
    const hostile = JSON.parse('{"__proto__":{"x":1}}') as object
    const changed = changeAttributes({}, { ...hostile })
    assert.equal(JSON.stringify(changed), '{"__proto__":{"x":1}}')
    assert.equal((changed as { x?: unknown }).x, undefined)
  })
})

describe('what templates see of a recipient', () => {
  it('is what is known, and nothing for the rest', () => {
    const recipient: Recipient = {
      ...{ lead: 5, lineId: 1, portalId: 'prt_1', chatId: '77' },
      profile: { name: 'Ann', language: 'de', picture: { url: 'x' } },
      ...{ tags: ['a'], attributes: { size: 1 }, firstSeenAt: 0, lastSeenAt: 1 },
      ...{ hasWritten: true, isDialogOpen: false },
    }
    assert.deepEqual(leadScope(recipient), {
      lead: 5,
      chat: { id: '77' },
      name: 'Ann',
      language: 'de',
      tags: ['a'],
      attributes: { size: 1 },
      firstSeenAt: '1970-01-01T00:00:00.000Z',
      lastSeenAt: '1970-01-01T00:00:00.001Z',
    })
  })
})

describe('an object of names that the caller chooses', () => {
  const schema = objectParam(5)
  const faultsOf = (value: unknown): string[] => {
    try {
      parseParams(schema, value)
      return []
    } catch (error) {
      assert.ok(error instanceof ParamsError)
      return error.fields.map(({ field, problem }) => `${field}: ${problem}`)
    }
  }

  it('is taken as it is, and an empty array for an empty one', () => {
    assert.deepEqual(parseParams(schema, { a: { b: [1, null] } }), { a: { b: [1, null] } })
    assert.deepEqual(parseParams(schema, []), {})
  })

  it('is refused with every name at fault', () => {
    assert.deepEqual(faultsOf(JSON.parse('{"__proto__":1,"":2,"longer":3,"ok":4}')), [
      '__proto__: can not be a name',
      'params: its name must have 1 to 5 characters',
      'longer: its name must have 1 to 5 characters',
    ])
    for (const value of [null, 'x', [1], 7]) assert.equal(faultsOf(value).length, 1)
  })
})

describe('a time zone', () => {
  it("is one of the IANA's names", () => {
    for (const name of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires']) {
      assert.ok(isTimeZone(name), name)
    }
    for (const name of ['', 'Mars/Base', '+03:00', 'Europe/Berlin ', 'x'.repeat(9999)]) {
      assert.ok(!isTimeZone(name), name)
    }
  })
})
