import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LockoutState, UNLOCKED } from '../../../src/core/inbox.ts'
import {
  clearLockout,
  isLockoutChanged,
  LOCKOUT_COLUMNS,
  type LockoutRow,
  lockoutValues,
  setLockout,
  toLockout,
} from '../../../src/db/inbox/lockout-columns.ts'

const LOCKED: Required<LockoutState> = {
  attempt: 3,
  lockedUntil: 1000,
  firstFailedAt: 500,
  lastError: 'HTTP 503',
  probeSize: 1,
  strikes: 2,
  lastFailure: { at: 900, attempt: 3, error: 'HTTP 503', httpStatus: 503, body: 'down' },
}

function rowOf(lockout: LockoutState): LockoutRow {
  const values = lockoutValues(lockout)
  const row = Object.fromEntries(LOCKOUT_COLUMNS.map((column, index) => [column, values[index]]))
  return row as unknown as LockoutRow
}

describe('the columns of a lockout', () => {
  it('keep every field', () => {
    assert.equal(LOCKOUT_COLUMNS.length, Object.keys(LOCKED).length)
    assert.deepEqual(toLockout(rowOf(LOCKED)), LOCKED)
    assert.deepEqual(toLockout(rowOf(UNLOCKED)), UNLOCKED)
  })

  it('count as changed when any field differs', () => {
    assert.equal(isLockoutChanged(rowOf(LOCKED), LOCKED), false)
    assert.equal(isLockoutChanged(rowOf(UNLOCKED), UNLOCKED), false)
    for (const field of Object.keys(LOCKED) as (keyof LockoutState)[]) {
      const value = field === 'lastError' ? 'another' : 7
      assert.equal(isLockoutChanged(rowOf(LOCKED), { ...LOCKED, [field]: value }), true, field)
    }
  })

  it('take 500 characters of an error, and a longer one is no change when it is written again', () => {
    const lockout = { ...LOCKED, lastError: 'x'.repeat(900) }
    assert.equal(rowOf(lockout).last_error?.length, 500)
    assert.equal(isLockoutChanged(rowOf(lockout), lockout), false)
  })

  it('are all set or cleared by one part of an UPDATE', () => {
    const set = setLockout(LOCKED)
    for (const column of LOCKOUT_COLUMNS) assert.ok(set.sql.includes(`${column} = ?`), column)
    assert.deepEqual(set.bindings, lockoutValues(LOCKED))
    const clear = clearLockout()
    assert.ok(clear.sql.endsWith('ack_until = NULL, ack_seqs = NULL'))
    assert.deepEqual(clear.bindings, lockoutValues(UNLOCKED))
  })
})
