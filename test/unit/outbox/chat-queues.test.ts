import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OutboxLane, OutboxMessage } from '../../../src/db/outbox/messages.ts'
import { CHAT_WINDOW, ChatQueues } from '../../../src/outbox/chat-queues.ts'

function message(seq: number, chatId: string, lane: OutboxLane = 'dialogue'): OutboxMessage {
  return {
    lineId: 1,
    seq,
    chatId,
    kind: 'send',
    lane,
    payload: '{}',
    state: 'queued',
    attempt: 0,
    isUncertain: false,
    dueAt: 0,
    parts: [],
    createdAt: 0,
  }
}

/** Takes everything that is ready, one after another. */
function drain(queues: ChatQueues): number[] {
  const seqs: number[] = []
  for (let next = queues.next(); next; next = queues.next()) {
    queues.begin(next)
    seqs.push(next.seq)
    queues.finish(next)
  }
  return seqs
}

describe('the queues of chats', () => {
  it('give each chat its turn and keep the order within it', () => {
    const queues = new ChatQueues()
    queues.add([message(1, 'a'), message(2, 'a'), message(3, 'b'), message(4, 'a')])
    assert.deepEqual(drain(queues), [1, 3, 2, 4])
  })

  it('put what operators type before a mailing, to the same chat and to others', () => {
    const queues = new ChatQueues()
    queues.add([message(1, 'a', 'bulk'), message(2, 'b', 'bulk'), message(3, 'c', 'bulk')])
    queues.add([message(9, 'b'), message(10, 'd')])
    assert.deepEqual(drain(queues).slice(0, 2), [9, 10])
  })

  it('send nothing else to a chat while one of its messages is under way', () => {
    const queues = new ChatQueues()
    queues.add([message(1, 'a'), message(2, 'a')])
    const first = queues.next()
    assert.ok(first)
    queues.begin(first)
    assert.equal(queues.next(), undefined)
    queues.finish(first)
    assert.equal(queues.next()?.seq, 2)
  })

  it('let a chat wait without the others', () => {
    const queues = new ChatQueues()
    queues.add([message(1, 'a'), message(2, 'a'), message(3, 'b')])
    const first = queues.next()
    assert.ok(first)
    queues.begin(first)
    queues.retry(first, 1000, 'message')
    assert.deepEqual(drain(queues), [3])
    assert.equal(queues.nextWakeAt, 1000)
    queues.wake(999)
    assert.equal(queues.next(), undefined)
    queues.wake(1000)
    assert.deepEqual(drain(queues), [1, 2])
  })

  it('let an operator pass a bulk message that waits for its retry, but not a chat that is to rest', () => {
    for (const [what, expected] of [
      ['message', [2]],
      ['chat', []],
    ] as const) {
      const queues = new ChatQueues()
      queues.add([message(1, 'a', 'bulk')])
      const bulk = queues.next()
      assert.ok(bulk)
      queues.begin(bulk)
      queues.retry({ ...bulk, dueAt: 1000 }, 1000, what)
      queues.add([message(2, 'a')])
      const seen: number[] = []
      for (let next = queues.next(); next; next = queues.next()) {
        if (next.dueAt > 0) {
          queues.wait(next, next.dueAt, 'message')
          continue
        }
        queues.begin(next)
        seen.push(next.seq)
        queues.finish(next)
      }
      assert.deepEqual(seen, expected)
    }
  })

  it('leave what a chat has beyond its window in the store, and ask for it when the window is empty', () => {
    const queues = new ChatQueues()
    const many = Array.from({ length: CHAT_WINDOW + 10 }, (_, index) => message(index + 1, 'a'))
    queues.add(many)
    assert.equal(drain(queues).length, CHAT_WINDOW)
    assert.deepEqual(queues.takeToRefill(), [{ chatId: 'a', lane: 'dialogue' }])
    assert.deepEqual(queues.takeToRefill(), [])
    queues.refill('a', 'dialogue', many.slice(CHAT_WINDOW), true)
    queues.add([message(100, 'a')])
    assert.deepEqual(drain(queues), [...many.slice(CHAT_WINDOW).map(({ seq }) => seq), 100])
  })
})
