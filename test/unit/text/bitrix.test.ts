import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainText, type RichText } from '../../../src/core/rich-text.ts'
import { parseBitrix } from '../../../src/text/bitrix-reader.ts'
import { renderBitrix } from '../../../src/text/bitrix-writer.ts'
import { renderText } from '../../../src/text/format.ts'

const PLAIN = { text: 'plain', emoji: 'unicode' } as const
const HTML = { text: 'html', emoji: 'unicode' } as const
const html = (source: string): string => renderText(parseBitrix(source), HTML)
const plain = (source: string): string => renderText(parseBitrix(source), PLAIN)

describe('rich text for Bitrix24', () => {
  it('has its tags, newlines and emoji as they are', () => {
    const text: RichText = [
      { type: 'bold', children: plainText('a') },
      { type: 'text', value: '\n' },
      { type: 'link', href: 'https://x.example/[1]', children: plainText('b') },
      { type: 'emoji', value: '👋🏽' },
      { type: 'pre', value: 'c[/code]', language: 'js' },
      { type: 'mention', id: '27', children: plainText('Ann') },
      { type: 'spoiler', children: plainText('d') },
    ]
    assert.equal(
      renderBitrix(text),
      '[b]a[/b]\n[url=https://x.example/%5B1%5D]b[/url]👋🏽[code]c[\u200b/code][/code]Annd',
    )
  })

  it('has a quote on lines of its own', () => {
    const quote: RichText = [{ type: 'quote', children: plainText('one\ntwo') }]
    assert.equal(
      renderBitrix([...plainText('x'), ...quote, ...plainText('y')]),
      'x\n>>one\n>>two\ny',
    )
  })

  it('shows typed tags, rules and quotes as they were typed', () => {
    const typed = '[b]x[/b] [USER=1]boss[/user] [send=/pay]y[/send] [ok] a[0]\n>>q\n--------'
    const shown = renderBitrix(plainText(typed))
    assert.equal(shown.replaceAll('\u200b', ''), typed)
    assert.equal(plain(shown).replaceAll('\u200b', ''), typed)
    assert.doesNotMatch(shown, /\[(?:b|\/b|user|send)[\]=]|-{6}|^>>/im)
    assert.match(shown, /\[ok\] a\[0\]/)
  })
})

describe('text of an operator in Bitrix24', () => {
  it('has styles, links, line breaks', () => {
    assert.equal(html('[B]a[/B][br][i]b[/i]'), '<b>a</b><br><i>b</i>')
    assert.equal(plain('[url=https://x.example]x[/url]'), 'x (https://x.example)')
    assert.equal(plain('[url]https://x.example[/url]'), 'https://x.example')
  })

  it('loses tags that mean nothing outside, not what they hold', () => {
    const source =
      '[USER=5]Ann[/USER] [size=20][color=#ff0000]big[/color][/size] [put=/x]do[/put] [img size=small]https://x.example/1.png[/img]'
    assert.equal(plain(source), 'Ann big do https://x.example/1.png')
    assert.equal(plain('[icon=https://x.example/e.png size=20 title=:smile:]'), ':smile:')
  })

  it('keeps what is no tag', () => {
    for (const text of [
      '[ok] a[0] [/x]',
      '&#91;b] &amp; &',
      '[b',
      '[url=javascript:1]x[/url]',
      '',
    ]) {
      assert.equal(plain(text), text)
    }
  })

  it('has a quote between rules, or after >>', () => {
    const rule = '-'.repeat(54)
    assert.equal(
      html(`${rule}\nIvan[12.03.2026]\nprice?\n${rule}\n10 EUR`),
      '<blockquote>Ivan[12.03.2026]<br>price?</blockquote><br>10 EUR',
    )
    assert.equal(html('>>a\n>>b\nc'), '<blockquote>a<br>b</blockquote><br>c')
    assert.equal(plain(`${rule}\nno end`), `${rule}\nno end`)
    assert.equal(plain('-----\nx\n-----'), '-----\nx\n-----')
  })

  it('has stored emoji as emoji, and words that only look like one as they are', () => {
    assert.equal(plain(':f09f918b: :F09F918B:'), '👋 👋')
    for (const text of [':deadbeef:', ':e298ba41:', ':12345678:']) assert.equal(plain(text), text)
  })
})
