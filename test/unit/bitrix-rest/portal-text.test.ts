import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  fromPortalText,
  quoteBlock,
  toPortalText,
} from '../../../src/portal/dialects/bitrix-rest/portal-text.ts'

const FORMAT = { text: 'bbcode', emoji: 'unicode' } as const
const NAMED = { text: 'bbcode', emoji: 'shortname' } as const
const from = (text: string): string => fromPortalText(text, FORMAT)
const to = (text: string): string => toPortalText(text, FORMAT)

describe('text to the portal', () => {
  it('is its BBCode with raw emoji, whatever the portal was given before', () => {
    assert.equal(toPortalText('[b]Hi[/b] :wave:', NAMED), '[b]Hi[/b] 👋')
    assert.equal(toPortalText('**Hi** 👋', { text: 'markdown', emoji: 'unicode' }), '[b]Hi[/b] 👋')
    assert.equal(to('[i]a[/i][u]b[/u][s]c[/s]'), '[i]a[/i][u]b[/u][s]c[/s]')
  })

  it('writes links, code and quotes as the chat of Bitrix24 reads them', () => {
    assert.equal(to('[url=https://a.example/x]here[/url]'), '[url=https://a.example/x]here[/url]')
    assert.equal(to('[url]https://a.example/[/url]'), '[url]https://a.example/[/url]')
    assert.equal(to('[pre]x < y[/pre]'), '[code]x < y[/code]')
    assert.equal(to('[quote]a\nb[/quote]'), '>>a\n>>b')
    assert.equal(to('[spoiler]no[/spoiler] [user=7]Ann[/user]'), 'no Ann')
  })

  it('lets nobody write a tag that the portal would act on', () => {
    assert.equal(to('&#91;b]x'), '[\u200bb]x')
    assert.equal(to('[put=/delete]free[/put]'), '[\u200bput=/delete]free[\u200b/put]')
    assert.equal(to('a [1] b &amp; c'), 'a [1] b & c')
  })

  it('draws a quoted message between rows of 54 dashes', () => {
    const row = '-'.repeat(54)
    assert.equal(quoteBlock('Hi'), `${row}\nHi\n${row}\n`)
  })
})

describe("an operator's text", () => {
  it('has its breaks as newlines, and the name in a line of its own', () => {
    assert.equal(from('[b]Anna:[/b] [br]Hi[br]you'), '[b]Anna:[/b]\nHi\nyou')
    assert.equal(from('[b]Anna:[/b][br] Hi'), '[b]Anna:[/b]\nHi')
    assert.equal(from('[B]Bold[/B]'), '[b]Bold[/b]')
  })

  it('loses tags that say nothing to a messenger, and nothing of what they hold', () => {
    assert.equal(from('[size=20][color=#f00]Red[/color][/size]'), 'Red')
    assert.equal(from('[user=5]Ann[/user], [chat=7]Sales[/chat] [put=/x]do[/put]'), 'Ann, Sales do')
    assert.equal(
      from('[img size=small]https://a.example/x.png[/img]'),
      '[url=https://a.example/x.png]https://a.example/x.png[/url]',
    )
    assert.equal(from('[icon=https://a.example/i.png size=16 title=smile] ok'), 'smile ok')
    assert.equal(from('[timestamp=1773266050 format=x]'), '2026-03-11 21:54')
    assert.equal(from('see [disk=17]'), 'see ')
  })

  it('keeps quotes of both kinds', () => {
    const row = '-'.repeat(54)
    assert.equal(from(`${row}\nAnn[today]\nHi\n${row}\nYes`), '[quote]Ann[today]\nHi[/quote]\nYes')
    assert.equal(from('>>a\n>>b\nc'), '[quote]a\nb[/quote]\nc')
    assert.equal(from(`${row}\nonly one`), `${row}\nonly one`)
  })

  it('decodes what the store of the portal makes of emoji, and nothing that only looks so', () => {
    assert.equal(from('x :f09f918b: :F09F918B:'), 'x 👋 👋')
    assert.equal(from(':deadbeef: :e298ba:'), ':deadbeef: :e298ba:')
  })

  it('means what it says: escapes that were typed stay as they are', () => {
    const written = from('&amp; &#91;b] &lt;')
    assert.equal(written, '&amp;amp; &amp;#91;b] &lt;')
    assert.equal(fromPortalText('[b]x[/b] &amp;', { text: 'plain', emoji: 'unicode' }), 'x &amp;')
  })

  it('is read in a moment, whatever it is', () => {
    const startedAt = performance.now()
    for (const text of ['[', '[b]', '-\n', '------\n', '>>\n', ':f09f918b:', '[icon=', '[img]']) {
      from(text.repeat(100_000 / text.length))
    }
    assert.ok(performance.now() - startedAt < 2000, String(performance.now() - startedAt))
  })
})
