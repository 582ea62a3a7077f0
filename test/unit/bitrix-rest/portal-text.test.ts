import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  fromPortalText,
  PORTAL_FORMAT,
  plainForPortal,
  quoteBlock,
  toPortalText,
} from '../../../src/portal/dialects/bitrix-rest/portal-text.ts'
import { parseText } from '../../../src/text/format.ts'

const NAMED = { text: 'bbcode', emoji: 'shortname' } as const
const from = (text: string): string => fromPortalText(text, PORTAL_FORMAT)

describe('text to the portal', () => {
  it('is its own BBCode, whatever it was stored in', () => {
    assert.equal(toPortalText('[b]Hi[/b] 👋', PORTAL_FORMAT), '[b]Hi[/b] 👋')
    assert.equal(toPortalText('[b]Hi[/b] :wave:', NAMED), '[b]Hi[/b] 👋')
    assert.equal(toPortalText('[pre]x[/pre] &#91;b]', NAMED), '[code]x[/code] [\u200bb]')
  })

  it('lets nobody write a tag that the portal would act on', () => {
    assert.equal(plainForPortal('[put=/delete]free'), '[\u200bput=/delete]free')
    assert.equal(plainForPortal('a [1] b & c'), 'a [1] b & c')
  })

  it('draws a quoted message between rows of 54 dashes', () => {
    const row = '-'.repeat(54)
    assert.equal(quoteBlock('Hi'), `${row}\nHi\n${row}\n`)
  })
})

describe("an operator's text", () => {
  it('has the name in a line of its own, wherever the portal puts the blank', () => {
    const wanted = '[b]Anna:[/b]\nHi[br]you'
    assert.equal(from('[b]Anna:[/b] [br]Hi[br]you'), wanted)
    assert.equal(from('[b]Anna:[/b][br] Hi[br]you'), wanted)
    assert.deepEqual(parseText(wanted, PORTAL_FORMAT), [
      { type: 'bold', children: [{ type: 'text', value: 'Anna:' }] },
      { type: 'text', value: '\nHi\nyou' },
    ])
    assert.equal(from('[B]Bold[/B]'), '[B]Bold[/B]')
  })

  it('is translated for a portal that was stored with another format', () => {
    assert.equal(
      fromPortalText('[b]A:[/b] [br]:f09f918b: &amp;', NAMED),
      '[b]A:[/b]\n:wave: &amp;amp;',
    )
  })
})
