import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OutboundStatus } from '../../../src/core/event.ts'
import { outId } from '../../../src/core/ids.ts'
import { StatusResolver, type TrackedMessage } from '../../../src/core/status-resolver.ts'
import type { ChannelStatus, OutboxState } from '../../../src/core/statuses.ts'
import { type NewEvent, readStored, writeStored } from '../../../src/core/stored-event.ts'

const LINE = 7
const SEQ = 5

function message(state: OutboxState, seq = SEQ): TrackedMessage {
  return { lineId: LINE, seq, chatId: 'portal-chat', key: 'k', state }
}

function said(
  status: OutboundStatus,
  messageIds: readonly string[],
): { event: NewEvent; status: ChannelStatus } {
  const at = '2026-01-01T00:00:00.000Z'
  const chat = { id: 'channel-chat' }
  const event = writeStored({ type: 'message.status', at, chat, status, messageIds })
  return { event, status: { index: 0, status, messageIds } }
}

function read(events: readonly NewEvent[]): unknown[] {
  return events.map((event) => {
    const { at: _, type: __, ...rest } = readStored(event) as unknown as Record<string, unknown>
    return rest
  })
}

const NOTHING = { byId: [], byReference: [], byChat: [] }

describe('what channels say of messages', () => {
  it('becomes an event with what the portal knows the message by, and raises its state', () => {
    const resolver = new StatusResolver({
      ...NOTHING,
      byId: [{ ...message('sent'), messageId: 'a' }],
    })
    const { event, status } = said('delivered', ['a'])
    assert.deepEqual(read(resolver.resolve(LINE, [event], [status])), [
      {
        status: 'delivered',
        chat: { id: 'portal-chat' },
        messageIds: ['a'],
        out: outId(LINE, SEQ),
        key: 'k',
      },
    ])
    assert.deepEqual(resolver.changes.raised, [{ lineId: LINE, seq: SEQ, state: 'delivered' }])
    assert.deepEqual(
      resolver.resolve(LINE, [event], [status]),
      [],
      'the same again changes nothing',
    )
  })

  it('leaves alone what is no status, and other lines', () => {
    const resolver = new StatusResolver({
      ...NOTHING,
      byId: [{ ...message('sent'), messageId: 'a' }],
    })
    const { event, status } = said('read', ['a'])
    assert.deepEqual(resolver.resolve(LINE, [event], []), [event])
    const [other] = read(resolver.resolve(LINE + 1, [event], [status])) as { out?: string }[]
    assert.equal(other?.out, undefined)
    assert.deepEqual(resolver.changes.raised, [])
  })

  it('splits by message, with one event for the ids that lead to none', () => {
    const resolver = new StatusResolver({
      ...NOTHING,
      byId: [
        { ...message('sent'), messageId: 'a' },
        { ...message('sent'), messageId: 'b' },
        { ...message('sent', SEQ + 1), messageId: 'c' },
      ],
    })
    const { event, status } = said('read', ['x', 'a', 'c', 'y', 'b'])
    const events = read(resolver.resolve(LINE, [event], [status])) as { messageIds: string[] }[]
    assert.deepEqual(
      events.map(({ messageIds }) => messageIds),
      [['x', 'y'], ['a', 'b'], ['c']],
    )
  })

  it('waits beside a message whose send is not settled yet', () => {
    const resolver = new StatusResolver({ ...NOTHING, byReference: [message('sending')] })
    const { event, status } = said('delivered', ['a'])
    const referring = { ...status, reference: { seq: SEQ, part: 2 } }
    assert.deepEqual(resolver.resolve(LINE, [event], [referring]), [])
    const [kept] = resolver.changes.early
    assert.deepEqual(
      kept?.early.map(({ id, part, status: kind }) => [id, part, kind]),
      [['a', 2, 'delivered']],
    )
    assert.deepEqual(resolver.changes.found, [])
  })

  it('is passed on too early rather than lost when there is no room beside the message', () => {
    const full = Array.from({ length: 300 }, (_, index) => ({
      part: 1,
      id: `id-${index}`,
      status: 'sent' as const,
      payload: 'x'.repeat(100),
    }))
    const resolver = new StatusResolver({
      ...NOTHING,
      byReference: [{ ...message('sending'), early: full }],
    })
    const { event, status } = said('delivered', ['a'])
    const referring = { ...status, reference: { seq: SEQ, part: 1 } }
    assert.equal(resolver.resolve(LINE, [event], [referring]).length, 1)
    assert.deepEqual(resolver.changes.early, [])
  })

  it('leads by its reference to a settled message, whose id is remembered', () => {
    const resolver = new StatusResolver({ ...NOTHING, byReference: [message('sent')] })
    const { event, status } = said('delivered', ['a'])
    const referring = { ...status, reference: { seq: SEQ, part: 1 } }
    assert.equal(resolver.resolve(LINE, [event], [referring]).length, 1)
    assert.deepEqual(resolver.changes.found, [{ lineId: LINE, messageId: 'a', seq: SEQ }])
  })

  it('does not lead by its reference to a message of another chat', () => {
    for (const state of ['sending', 'sent'] as const) {
      const resolver = new StatusResolver({ ...NOTHING, byReference: [message(state)] })
      const { event, status } = said('read', ['a'])
      const reference = { seq: SEQ, part: 1 }
      const isSameChat = (chatId: string): boolean => chatId === 'channel-chat'
      const found = resolver.resolve(LINE, [event], [{ ...status, reference, isSameChat }])
      const [left] = read(found) as { out?: string }[]
      assert.equal(left?.out, undefined, state)
      assert.deepEqual(resolver.changes, { raised: [], early: [], found: [], confirmed: [] }, state)
    }
  })

  it('covers by a watermark what was sent to the chat until then', () => {
    const sent = [1, 2, 3].map((seq) => ({
      ...message(seq === 1 ? 'read' : 'sent', seq),
      sentAt: seq * 100,
      messageIds: [`m${seq}`],
    }))
    const resolver = new StatusResolver({ ...NOTHING, byChat: sent })
    const { event, status } = said('read', [])
    const watermark = { chatId: 'portal-chat', until: 200 }
    const events = read(resolver.resolve(LINE, [event], [{ ...status, watermark }]))
    assert.deepEqual(
      (events as { messageIds: string[] }[]).map(({ messageIds }) => messageIds),
      [['m2']],
    )
    const elsewhere = { ...status, watermark: { ...watermark, chatId: 'another' } }
    assert.deepEqual(resolver.resolve(LINE, [event], [elsewhere]), [])
  })
})
