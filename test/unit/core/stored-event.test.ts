import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isOwnEvent, OWN_EVENT_TYPES } from '../../../src/core/inbox.ts'
import {
  amendStatus,
  controlEntry,
  errorOf,
  type RenderedStatus,
  readStored,
  writeOwn,
  writeStored,
} from '../../../src/core/stored-event.ts'

const FAILED: RenderedStatus = {
  type: 'message.status',
  at: '2026-01-01T00:00:00.000Z',
  chat: { id: '49170', name: 'Ann' },
  status: 'failed',
  messageIds: [],
  error: { code: '131026', message: 'Undeliverable' },
}

describe("an event of the hub's own", () => {
  it('is stored without an id, and well-formed whatever a script has put in', () => {
    const data = { name: 'half \ud83d' }
    const at = FAILED.at
    const chat = { id: '55' }
    const stored = writeOwn({ type: 'script.notify', at, lead: 7, chat, script: 'a', data })
    assert.equal(stored.type, 'script.notify')
    assert.deepEqual(JSON.parse(stored.payload), {
      type: 'script.notify',
      at,
      lead: 7,
      chat,
      script: 'a',
      data: { name: 'half \ufffd' },
    })
    assert.ok(OWN_EVENT_TYPES.every(isOwnEvent))
    assert.ok(!isOwnEvent('message.new') && !isOwnEvent('constructor'))
  })
})

describe('a stored event', () => {
  it('is read as it was written, without an id', () => {
    const stored = writeStored(FAILED)
    assert.equal(stored.type, 'message.status')
    assert.deepEqual(readStored(stored), FAILED)
    assert.equal('id' in JSON.parse(stored.payload), false)
  })

  it('holds no half of a surrogate pair', () => {
    const stored = writeStored({
      type: 'message.new',
      at: FAILED.at,
      chat: { id: 'c' },
      message: { id: 'm', text: 'half \ud83d, whole \u{1f600}' },
    })
    assert.ok(stored.payload.includes('half \ufffd, whole \u{1f600}'))
  })

  it('changes as a status only where it is told to', () => {
    const amended = amendStatus(writeStored(FAILED), {
      chatId: '4917000',
      messageIds: ['wamid.1'],
      out: 'out_1',
      key: 'k',
    })
    assert.deepEqual(readStored(amended), {
      ...FAILED,
      chat: { id: '4917000', name: 'Ann' },
      messageIds: ['wamid.1'],
      out: 'out_1',
      key: 'k',
    })
    assert.deepEqual(errorOf(amended), FAILED.error)
  })

  it('can turn from failed into sent', () => {
    const amended = amendStatus(writeStored(FAILED), {
      status: 'sent',
      uncertain: true,
      withoutError: true,
    })
    const { error: _, ...rest } = FAILED
    assert.deepEqual(readStored(amended), { ...rest, status: 'sent', uncertain: true })
    assert.equal(errorOf(amended), undefined)
  })

  it('may be a control entry, which is a packet of its own', () => {
    assert.deepEqual(controlEntry('displaced', 'another line took it'), {
      type: 'connector.deactivated',
      payload: '{"reason":"displaced","message":"another line took it"}',
    })
  })
})
