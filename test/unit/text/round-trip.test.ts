import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  plainText,
  type RichText,
  type TextNode,
  visibleText,
} from '../../../src/core/rich-text.ts'
import { parseText, renderEmoji, renderText } from '../../../src/text/format.ts'
import {
  depthOf,
  nastyString,
  normalise,
  richTextArbitrary,
  withoutInnerLinks,
} from '../../helpers/rich-text.ts'

const NAMES = { text: 'bbcode', emoji: 'shortname' } as const
const UNICODE = { text: 'bbcode', emoji: 'unicode' } as const
const BOTH = ['shortname', 'unicode'] as const

/** What a format can't hold comes as this. Others than these two hold everything. */
const HELD: Readonly<Record<string, (value: string) => string>> = {
  html: (value) => value.replaceAll('\0', '\ufffd').toWellFormed(),
  markdown: (value) => value.replaceAll('\0', '\ufffd').replace(/\r\n?/g, '\n'),
}

function back(tree: RichText, format: Parameters<typeof renderText>[1]): RichText {
  return parseText(renderText(tree, format), format)
}

describe('a string on its way to the portal and back', () => {
  for (const text of ['bbcode', 'markdown', 'html', 'plain'] as const) {
    for (const emoji of BOTH) {
      it(`is the same in ${text} with ${emoji}`, () => {
        const held = HELD[text] ?? ((value) => value)
        fc.assert(
          fc.property(nastyString(), (value) => {
            assert.deepEqual(back(plainText(value), { text, emoji }), plainText(held(value)))
          }),
          { numRuns: 2000 },
        )
      })
    }
  }
})

describe('a tree on its way to the portal and back', () => {
  for (const emoji of BOTH) {
    it(`is the same in BBCode with ${emoji}, but for the language of code`, () => {
      fc.assert(
        fc.property(richTextArbitrary(), (tree) => {
          assert.deepEqual(back(tree, { text: 'bbcode', emoji }), withoutLanguage(normalise(tree)))
        }),
        { numRuns: 2000 },
      )
    })

    it(`is the same in HTML with ${emoji}`, () => {
      const text = nastyString({ hasHalves: false }).map((value) => value.replaceAll('\0', ''))
      fc.assert(
        fc.property(
          richTextArbitrary({ text }).map((tree) => withoutInnerLinks(tree)),
          (tree) => {
            assert.deepEqual(back(tree, { text: 'html', emoji }), normalise(tree))
          },
        ),
        { numRuns: 2000 },
      )
    })
  }

  it('is written the same once it was read', () => {
    fc.assert(
      fc.property(
        richTextArbitrary(),
        fc.constantFrom('bbcode', 'html', 'markdown'),
        (tree, text) => {
          const format = { text, emoji: 'shortname' } as const
          const first = renderText(back(tree, format), format)
          assert.equal(renderText(parseText(first, format), format), first)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('any string from a portal', () => {
  for (const text of ['bbcode', 'markdown', 'html', 'plain'] as const) {
    it(`is read as ${text}, with bounded depth and no address that runs as code`, () => {
      fc.assert(
        fc.property(nastyString(), (source) => {
          const tree = parseText(source, { text, emoji: 'shortname' })
          assert.ok(depthOf(tree) <= 100)
          assert.ok(hrefsOf(tree).every((href) => !/^[^a-z]*(?:javascript|data):/i.test(href)))
        }),
        { numRuns: 2000 },
      )
    })
  }

  const deep: readonly [text: 'bbcode' | 'markdown' | 'html', open: string, close: string][] = [
    ['bbcode', '[b]', '[/b]'],
    ['bbcode', '[quote]', '[/quote]'],
    ['bbcode', '[url=https://a.b]', '[/url]'],
    ['html', '<b>', '</b>'],
    ['html', '<div><i>', '</i></div>'],
    ['html', '<ul><li>', '</li></ul>'],
    ['html', '<a href="javascript:x">', '</a>'],
    ['markdown', '**a ', ' a**'],
    ['markdown', '~~*', '*~~'],
    ['markdown', '> ', ''],
    ['markdown', '[', '](https://a.b)'],
  ]
  for (const [text, open, close] of deep) {
    it(`nested 10 000 deep, ${open} in ${text} ends somewhere and shows what is inside`, () => {
      const source = `${open.repeat(10_000)}x${close.repeat(10_000)}`
      const tree = parseText(source, { text, emoji: 'unicode' })
      assert.ok(depthOf(tree) <= 100, String(depthOf(tree)))
      assert.match(visibleText(tree), /x/)
      for (const other of ['bbcode', 'markdown', 'html', 'plain'] as const) {
        assert.match(renderText(tree, { text: other, emoji: 'unicode' }), /x/)
      }
    })
  }
})

describe('short names', () => {
  const cases: [typed: string, sent: string][] = [
    ['Hi 👋', 'Hi :wave:'],
    ['👍🏽 🇩🇪', ':thumbsup_tone3: :flag_de:'],
    ['a :joy: b', 'a &#58;joy: b'],
    ['a :nosuchthing: 10:30:15', 'a :nosuchthing: 10:30:15'],
    [':smile😀', '&#58;smile:grinning:'],
    ['&#58; &amp; &lt; &', '&amp;#58; &amp;amp; &lt; &'],
    ['[b] [x] [/url] [', '&#91;b] [x] &#91;/url] ['],
    ['(see 8) :-)', '(see 8) :-)'],
    ['⚡ ⚡️', ':zap: :zap:\uFE0F'],
    ['🇦🇦 👩‍🚒‍🚒', '🇦🇦 👩‍🚒‍🚒'],
  ]
  for (const [typed, sent] of cases) {
    it(`${JSON.stringify(typed)} is sent as ${JSON.stringify(sent)}`, () => {
      assert.equal(renderText(plainText(typed), NAMES), sent)
      assert.equal(visibleText(parseText(sent, NAMES)), typed)
    })
  }

  it('name a marked emoji and a reaction whatever its variation selector', () => {
    assert.equal(renderText([{ type: 'emoji', value: '❤' }], NAMES), ':heart:')
    assert.equal(renderEmoji('❤', NAMES), ':heart:')
    assert.equal(renderEmoji('❤', UNICODE), '❤')
    assert.equal(renderEmoji('custom_emoji:1', NAMES), 'custom_emoji:1')
  })

  it('leave Unicode alone where the portal takes Unicode', () => {
    assert.equal(renderText(plainText('😀 :joy: [b]'), UNICODE), '😀 :joy: &#91;b]')
    assert.equal(visibleText(parseText(':joy:', UNICODE)), ':joy:')
  })
})

function withoutLanguage(text: RichText): RichText {
  return text.map((node): TextNode => {
    if (node.type === 'pre') return { type: 'pre', value: node.value }
    return 'children' in node ? { ...node, children: withoutLanguage(node.children) } : node
  })
}

function hrefsOf(text: RichText): string[] {
  return text.flatMap((node) => {
    if (!('children' in node)) return []
    return [...(node.type === 'link' ? [node.href] : []), ...hrefsOf(node.children)]
  })
}
