import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CONTROL_TYPE, type StoredEvent, UNLOCKED } from '../../../src/core/inbox.ts'
import { HeldLine } from '../../../src/inbox/held-line.ts'

const limits = { maxEvents: 3, maxBytes: 1000 }

function event(seq: number, type = 'message.new', bytes = 10): StoredEvent {
  return { seq, type, payload: `{"${'x'.repeat(bytes)}":1}`, createdAt: 0 }
}

function laneAt(tail: number, purgeUntil = 0): HeldLine {
  const lease = {
    lineId: 1,
    portalId: 'prt_1',
    lease: 1,
    tail,
    purgeUntil,
    replays: 0,
    lockout: UNLOCKED,
  }
  return new HeldLine('prc_1', lease, tail, limits)
}

const seqs = (events: readonly StoredEvent[]): number[] => events.map(({ seq }) => seq)

describe('a line', () => {
  it('takes events from memory when they follow without a gap', () => {
    const line = laneAt(10)
    line.append(10, [event(11), event(12)])
    line.append(12, [event(13)])
    assert.deepEqual(seqs(line.nextPacket(limits)), [11, 12, 13])
    assert.equal(line.hasUnread, false)
  })

  it('is over when a commit has seen another lease of it, or that nobody holds it', () => {
    const cases = [
      [{ owner: 'prc_1', lease: 1 }, false],
      [{ owner: null, lease: 1 }, true],
      [{ owner: 'prc_1', lease: 2 }, true],
      [{ owner: 'prc_2', lease: 2 }, true],
      // Seen before this lease was made.
      [{ owner: null, lease: 0 }, false],
    ] as const
    for (const [holder, isOver] of cases) {
      const line = laneAt(10)
      line.append(10, [event(11)])
      line.noticeHolder(holder)
      assert.deepEqual([line.isOver, line.isEmpty], [isOver, isOver], JSON.stringify(holder))
    }
  })

  it('leaves what follows a gap to the store', () => {
    const line = laneAt(10)
    line.append(11, [event(12)])
    assert.equal(line.isEmpty, true)
    assert.equal(line.hasUnread, true)
    line.fill([event(11), event(12)], true, 12)
    assert.deepEqual(seqs(line.nextPacket(limits)), [11, 12])
    assert.equal(line.hasUnread, false)
  })

  it('does not take events twice that were read from the store before their writer told of them', () => {
    const line = laneAt(10)
    line.append(11, [event(12)])
    line.fill([event(11), event(12), event(13)], true, 12)
    line.append(12, [event(13)])
    assert.deepEqual(seqs(line.nextPacket(limits)), [11, 12, 13])
  })

  it('does not take events twice when their writer tells of them while the store is read', () => {
    const line = laneAt(10)
    line.tail = 13
    // The settle has seen the writer's commit before its announcement: the store is being read meanwhile.
    line.append(10, [event(11), event(12), event(13)])
    line.fill([event(11), event(12)], true, 13)
    assert.deepEqual(seqs(line.nextPacket({ ...limits, maxEvents: 10 })), [11, 12, 13])
    assert.equal(line.readTo, 13)
    assert.equal(line.hasUnread, false)
  })

  it('can grow by what others put in behind it, but not while nobody knows how much waits', () => {
    const line = laneAt(10)
    line.append(10, [event(11)])
    assert.equal(line.canGrow(limits), true)
    line.append(12, [event(13)])
    assert.deepEqual([line.hasUnread, line.canGrow(limits)], [true, true])
    line.fill([event(12), event(13)], true, 13)
    assert.equal(line.canGrow(limits), false, 'it is full')
    line.drop(new Set([11, 12]))
    assert.equal(line.canGrow(limits), true)
    line.restart(0)
    assert.equal(line.canGrow(limits), false, 'all of it is to be read')
    line.fill([event(13)], false, 20)
    assert.equal(line.canGrow(limits), false, 'a page of many')
    line.fill([event(20)], true, 20)
    assert.equal(line.canGrow(limits), true)
  })

  it('limits a packet by count, by bytes and by the size of the probe', () => {
    const line = laneAt(0)
    line.append(0, [event(1), event(2), event(3), event(4)])
    assert.deepEqual(seqs(line.nextPacket(limits)), [1, 2, 3])
    line.lockout = { ...UNLOCKED, probeSize: 1 }
    assert.deepEqual(seqs(line.nextPacket(limits)), [1])
    const large = laneAt(0)
    large.append(0, [event(1, 'message.new', 500), event(2, 'message.new', 500)])
    assert.deepEqual(seqs(large.nextPacket(limits)), [1])
  })

  it('sends an event alone that is larger than a packet may be, and a control entry alone', () => {
    const line = laneAt(0)
    line.append(0, [event(1, 'message.new', 5000), event(2)])
    assert.deepEqual(seqs(line.nextPacket(limits)), [1])
    const mixed = laneAt(0)
    mixed.append(0, [event(1), event(2, CONTROL_TYPE), event(3)])
    assert.deepEqual(seqs(mixed.nextPacket(limits)), [1])
    mixed.drop(new Set([1]))
    assert.deepEqual(seqs(mixed.nextPacket(limits)), [2])
  })

  it('reads everything again when dead letters have come back', () => {
    const line = laneAt(10)
    line.append(10, [event(11)])
    line.noticeReplays(1, 0)
    assert.equal(line.isEmpty, true)
    assert.equal(line.readTo, 0)
    assert.equal(line.hasUnread, true)
  })

  it('takes a letter that is older than a purge, once nothing is void any more', () => {
    const line = laneAt(10, 9)
    line.noticeReplays(1, 0)
    line.fill([event(3), event(10)], true, 10)
    assert.deepEqual(seqs(line.nextPacket(limits)), [3, 10])
    const other = laneAt(10, 9)
    other.noticeReplays(1, 9)
    other.fill([event(3), event(10)], true, 10)
    assert.deepEqual(seqs(other.nextPacket(limits)), [10])
  })

  it('stops taking from memory when much waits, and goes on from the store', () => {
    const line = laneAt(0)
    for (let seq = 1; seq <= 5; seq++) line.append(seq - 1, [event(seq, 'message.new', 900)])
    assert.equal(line.tail, 5)
    assert.equal(line.hasUnread, true)
  })
})
