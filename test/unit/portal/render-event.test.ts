import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { InboundEvent } from '../../../src/core/event.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { renderEvent } from '../../../src/portal/render-event.ts'

const FORMAT = { text: 'bbcode', emoji: 'shortname' } as const
const LONE = '\ud83d'

function message(text: string, name = 'Ann'): InboundEvent {
  return {
    type: 'message.new',
    at: 0,
    user: { id: '1', name },
    chat: { id: '1' },
    message: { id: '1', text: plainText(text) },
  }
}

function render(event: InboundEvent): { payload: string; event: Record<string, unknown> } {
  const { payload } = renderEvent(event, FORMAT, () => ({ url: 'https://hub', expiresAt: 0 }))
  return { payload, event: JSON.parse(payload) as Record<string, unknown> }
}

describe('an event as JSON for a portal', () => {
  it('holds no half of a surrogate pair: PHP and others refuse the whole packet then', () => {
    const { payload, event } = render(message(`a${LONE}b 😀`, `An${LONE}n`))
    assert.doesNotMatch(payload, /\\u[dD][89a-fA-F]/)
    const { version: _, ...user } = event['user'] as Record<string, unknown>
    assert.deepEqual(user, { id: '1', name: 'An\ufffdn' })
    assert.deepEqual(event['message'], { id: '1', text: 'a\ufffdb :grinning:' })
  })

  it('gives a person a version that changes with the data and with nothing else', () => {
    const versionOf = (user: object): unknown => {
      const { event } = render({ ...message('x'), user } as InboundEvent)
      return (event['user'] as Record<string, unknown>)['version']
    }
    const ann = { id: '1', name: 'Ann', lastName: 'Lee', picture: { ref: 'a' } }
    const version = versionOf(ann)
    assert.match(String(version), /^[0-9a-f]{12}$/)
    const { id, name, ...rest } = ann
    assert.equal(versionOf({ ...rest, name, id }), version)
    const changes = [{ lastName: 'Li' }, { id: '2' }, { picture: undefined }, { phone: '+49' }]
    const others = changes.map((change) => versionOf({ ...ann, ...change }))
    assert.equal(new Set([version, ...others]).size, 5)
    assert.notEqual(versionOf({ id: '1', name: 'a' }), versionOf({ id: '1', lastName: 'a' }))
  })

  it('keeps a typed \\ud83d as it was typed', () => {
    assert.deepEqual(render(message('\\ud83d')).event['message'], { id: '1', text: '\\ud83d' })
  })
})
