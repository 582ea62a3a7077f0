import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LineLimiter } from '../../../src/outbox/line-limiter.ts'

const rates = {
  line: [{ count: 10, perMs: 1000 }],
  chat: (chatId: string) => (chatId.startsWith('-') ? [{ count: 2, perMs: 60_000 }] : []),
}

describe('the limiter of a line', () => {
  it('counts and holds chats together that are one to the channel', () => {
    const rates = {
      line: [],
      chat: () => [{ count: 1, perMs: 1000 }],
      sharedBy: (chatId: string) => chatId.split('/')[0] ?? '',
    }
    const limiter = new LineLimiter(rates)
    limiter.take('-1/77', 0)
    assert.ok(limiter.waitOfChat('-1/78', 1) > 0)
    assert.equal(limiter.waitOfChat('-2/77', 1), 0)
    limiter.refused('-2/77', 5000, 'chat', 1)
    assert.ok(limiter.waitOfChat('-2', 2) > 4000)
    const handedOn = new LineLimiter(rates, limiter.state(2))
    assert.ok(handedOn.waitOfChat('-1/79', 3) > 0)
  })

  it('counts calls to chats and to the line as a whole', () => {
    const limiter = new LineLimiter(rates)
    for (let sent = 0; sent < 2; sent++) limiter.take('-1', 0)
    assert.ok(limiter.waitOfChat('-1', 0) > 59_000)
    assert.equal(limiter.waitOfChat('-2', 0), 0)
    for (let sent = 0; sent < 8; sent++) limiter.take('5', 0)
    assert.ok(limiter.waitOfLine(0) > 900)
  })

  it('holds back the chat that the channel asked to wait for, and slows the line', () => {
    const limiter = new LineLimiter(rates)
    limiter.refused('5', 30_000, 'chat', 0)
    assert.equal(limiter.waitOfChat('5', 0), 30_000)
    assert.equal(limiter.waitOfLine(0), 0)
    for (let sent = 0; sent < 5; sent++) limiter.take('6', 0)
    assert.ok(limiter.waitOfLine(0) > 0, 'half the rate is used up')
    const later = 200_000
    for (let at = 30_000; at <= later; at += 30_000) limiter.waitOfLine(at)
    for (let sent = 0; sent < 9; sent++) limiter.take('6', later)
    assert.equal(limiter.waitOfLine(later), 0, 'the rate has come back')
  })

  it('holds back the whole line when chat after chat is refused', () => {
    const limiter = new LineLimiter(rates)
    for (const chat of ['1', '2', '3']) limiter.refused(chat, 20_000, 'chat', 1000)
    assert.equal(limiter.waitOfLine(1000), 20_000)
  })

  it('hands on no more than the store has room for, the fullest chats first', () => {
    const teams = [7, 8, 60, 1800].map((count) => ({ count, perMs: 3_600_000 }))
    const limiter = new LineLimiter({ line: [], chat: () => teams })
    const long = (n: number): string => `19:${n}${'x'.repeat(60)}@thread.v2`
    for (let chat = 0; chat < 3000; chat++) limiter.take(long(chat), chat)
    for (let sent = 0; sent < 6; sent++) limiter.take(long(2999), 3000)
    const state = limiter.state(3000)
    // A TEXT column of MySQL takes 65 535 bytes, and refuses the whole row beyond that.
    assert.ok(JSON.stringify(state).length < 60_000)
    const next = new LineLimiter({ line: [], chat: () => teams }, state)
    assert.ok(next.waitOfChat(long(2999), 3000) > 0)
  })

  it('hands its state on, and has none when everything is quiet', () => {
    const limiter = new LineLimiter(rates)
    assert.equal(limiter.state(0), undefined)
    limiter.take('-1', 0)
    limiter.take('-1', 0)
    limiter.refused('7', 5000, 'line', 0)
    const state = JSON.parse(JSON.stringify(limiter.state(100)))
    const next = new LineLimiter(rates, state)
    assert.equal(next.waitOfChat('-1', 100), limiter.waitOfChat('-1', 100))
    assert.equal(next.waitOfLine(100), limiter.waitOfLine(100))
  })
})
