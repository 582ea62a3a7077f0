import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { InboundEvent, InboundMessage } from '../../../src/core/event.ts'
import { FIELD_LIMITS } from '../../../src/core/field-limits.ts'
import { plainText, type RichText, visibleText } from '../../../src/core/rich-text.ts'
import { fitEvent, fitText } from '../../../src/ingress/fit-event.ts'
import { readGoldenUpdates } from '../../contract/golden.ts'

const EVENTS = readGoldenUpdates().flatMap(({ update, parse }) => parse(update).events)
const LONG = '😀'.repeat(100_000)

function message(more: Partial<InboundMessage>): InboundEvent {
  const person = { id: '1', name: 'Ann' }
  return {
    type: 'message.new',
    at: 1,
    user: person,
    chat: { id: '1' },
    message: { id: '1', ...more },
  }
}

/** What is ours, or stands in markup: addresses there are bounded with the update. */
const OTHERS = /^(?:type|kind|status|sex|out|href|language)$/

/** The event with every text in it made long. */
function inflate(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return OTHERS.test(key) ? value : LONG
  if (Array.isArray(value)) return value.map((entry) => inflate(entry, key))
  if (typeof value !== 'object' || value === null) return value
  if ('type' in value && value.type === 'mention') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, inflate(inner, name)]),
  )
}

describe('an event within its fields', () => {
  it('is what it was if nothing is too long', () => {
    for (const event of EVENTS) assert.deepEqual(fitEvent(event), event)
  })

  it('holds no text beyond the largest bound, whatever the channel said', () => {
    for (const event of EVENTS) {
      const fitted = fitEvent(inflate(event) as InboundEvent)
      assert.equal(fitted.type, event.type)
      for (const text of textsIn(fitted)) {
        assert.ok(text.length <= FIELD_LIMITS.text && text.isWellFormed(), `${text.length}`)
      }
    }
  })

  it('cuts names with a mark, between characters', () => {
    const fitted = fitEvent({
      type: 'chat.read',
      at: 1,
      user: { id: '1', name: LONG, username: 'x'.repeat(255) },
      chat: { id: '1', name: `x${LONG}` },
    })
    assert.ok('user' in fitted)
    const names = [fitted.user?.name, fitted.chat?.name]
    assert.ok(
      names.every((name) => name?.endsWith('…') && name.length <= 255 && name.isWellFormed()),
    )
    assert.equal(fitted.user?.username, 'x'.repeat(255))
  })

  it('never makes one id of two', () => {
    const [one, other] = ['1', '2'].map((end) => fitEvent(message({ id: LONG + end })))
    assert.ok(one && other && 'message' in one && 'message' in other)
    assert.notEqual(one.message?.id, other.message?.id)
    assert.match(one.message?.id ?? '', /^sha256:[\w-]{43}$/)
    assert.deepEqual(fitEvent(message({ id: `${LONG}1` })), one)
  })

  it('leaves out an address that is too long, and a file that has no other', () => {
    const url = `https://a.example/${'x'.repeat(9000)}`
    const fitted = fitEvent(
      message({
        files: [
          { source: { url }, kind: 'image' },
          { source: { ref: 'r' }, kind: 'image' },
        ],
      }),
    )
    assert.ok('message' in fitted && fitted.message && 'files' in fitted.message)
    assert.deepEqual(fitted.message.files, [{ source: { ref: 'r' }, kind: 'image' }])
  })

  it('cuts a text by what is seen, and closes its markup', () => {
    const tree: RichText = [{ type: 'bold', children: plainText('x'.repeat(100)) }]
    assert.deepEqual(fitText(tree, 54), [
      { type: 'bold', children: plainText('x'.repeat(50)) },
      ...plainText(' […]'),
    ])
    assert.equal(fitText(tree, 100), tree)
    assert.ok(visibleText(fitText(plainText(LONG), 1001)).isWellFormed())
  })
})

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
