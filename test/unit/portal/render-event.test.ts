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
    assert.deepEqual(event['user'], { id: '1', name: 'An\ufffdn' })
    assert.deepEqual(event['message'], { id: '1', text: 'a\ufffdb :grinning:' })
  })

  it('keeps a typed \\ud83d as it was typed', () => {
    assert.deepEqual(render(message('\\ud83d')).event['message'], { id: '1', text: '\\ud83d' })
  })
})
