import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planMessage } from '../../../connectors/whatsapp/outbound.ts'
import type { Button, OutboundMessage } from '../../../src/core/message.ts'
import { plainText } from '../../../src/core/rich-text.ts'

const HELLO = { text: plainText('hello') }

function plan(buttons: readonly Button[], more: OutboundMessage = HELLO): unknown[] {
  return planMessage({ ...more, buttons: [buttons] }).map(({ body }) => body)
}

function some(count: number): Button[] {
  return Array.from({ length: count }, (_, index) => ({ text: `b${index}`, payload: `p${index}` }))
}

/** `button`, `list` or `cta_url`, or the text that they have become. */
function shownAs(buttons: readonly Button[]): unknown {
  const [body] = plan(buttons) as { interactive?: { type: string }; text?: { body: string } }[]
  return body?.interactive?.type ?? body?.text?.body
}

describe('buttons', () => {
  it('are up to three below the text, with their payloads as ids', () => {
    const buttons = [{ text: 'Yes', payload: 'y-1' }, { text: 'No' }]
    assert.deepEqual(plan(buttons), [
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          body: { text: 'hello' },
          action: {
            buttons: [
              { type: 'reply', reply: { id: 'y-1', title: 'Yes' } },
              { type: 'reply', reply: { id: 'No', title: 'No' } },
            ],
          },
        },
      },
    ])
  })

  it('are rows of a list up to ten, or where a title has up to 24 characters', () => {
    assert.deepEqual(
      [shownAs(some(3)), shownAs(some(4)), shownAs(some(10))],
      ['button', 'list', 'list'],
    )
    assert.equal(shownAs([{ text: 'x'.repeat(21) }]), 'list')
    const [body] = plan(some(4)) as { interactive: { action: object } }[]
    const rows = some(4).map(({ text, payload }) => ({ id: payload, title: text }))
    assert.deepEqual(body?.interactive.action, { button: '☰', sections: [{ rows }] })
  })

  it('are lines of text where WhatsApp has no room for them', () => {
    const lines = some(11).map(({ text }, index) => `${index + 1}. ${text}`)
    assert.equal(shownAs(some(11)), ['hello', ...lines].join('\n'))
    assert.equal(shownAs([{ text: 'x'.repeat(25) }]), `hello\n1. ${'x'.repeat(25)}`)
    for (const payload of ['p'.repeat(257), ' padded ', '']) {
      assert.equal(shownAs([{ text: 'Yes', payload }]), 'hello\n1. Yes', payload)
    }
    assert.equal(shownAs([{ text: 'Yes', payload: 'p'.repeat(256) }]), 'button')
    const rows = some(4).map((button) => ({
      ...button,
      payload: `${button.text}${'p'.repeat(200)}`,
    }))
    assert.match(String(shownAs(rows)), /^hello\n1\. b0\n/)
  })

  it('of which two are the same are lines of text', () => {
    assert.match(
      String(
        shownAs([
          { text: 'a', payload: '1' },
          { text: 'b', payload: '1' },
        ]),
      ),
      /1\. a/,
    )
    assert.match(
      String(
        shownAs([
          { text: 'a', payload: '1' },
          { text: 'a', payload: '2' },
        ]),
      ),
      /1\. a/,
    )
  })

  it('that open an address are one, or lines of text', () => {
    const site = { text: 'Site', url: 'https://example.org' }
    assert.equal(shownAs([site]), 'cta_url')
    assert.equal(shownAs([{ ...site, url: 'tel:+7900' }]), 'hello\n1. Site – tel:+7900')
    assert.equal(shownAs([site, { text: 'Yes' }]), 'hello\n1. Site – https://example.org\n2. Yes')
  })

  it('hang on the end of a long text', () => {
    const text = plainText(`${'a'.repeat(3000)}\n${'b'.repeat(2000)}`)
    const bodies = plan(some(2), { text }) as {
      interactive?: { body: { text: string } }
      text?: { body: string }
    }[]
    const said = bodies.map((body) => body.text?.body ?? body.interactive?.body.text ?? '')
    assert.equal(said.join('').length, 5000)
    assert.ok((said.at(-1)?.length ?? 0) <= 1024 && bodies.at(-1)?.interactive)
    assert.ok(bodies.slice(0, -1).every((body) => body.text))
  })

  it('without a text have their own words above them, and files behind', () => {
    const files = [{ url: 'https://f.example/a.jpg' }]
    const [first, second] = plan(some(2), { files }) as Record<string, { body?: object }>[]
    assert.deepEqual(first?.['interactive']?.body, { text: 'b0 / b1' })
    assert.deepEqual(second, { type: 'image', image: { link: 'https://f.example/a.jpg' } })
  })
})
