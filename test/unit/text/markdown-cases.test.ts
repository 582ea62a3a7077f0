import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import MarkdownIt from 'markdown-it'
import { given } from '../../../src/core/given.ts'
import { plainText, type RichText, type TextNode } from '../../../src/core/rich-text.ts'
import { renderMarkdown } from '../../../src/text/markdown.ts'
import { parseMarkdown } from '../../../src/text/markdown-reader.ts'

type Style = 'bold' | 'italic' | 'underline' | 'strike' | 'spoiler' | 'quote'

function styled(type: Style, ...children: (TextNode | string)[]): TextNode {
  return { type, children: nodes(children) }
}

function link(href: string, ...children: (TextNode | string)[]): TextNode {
  return { type: 'link', href, children: nodes(children) }
}

function code(value: string): TextNode {
  return { type: 'code', value }
}

function pre(value: string, language?: string): TextNode {
  return { type: 'pre', value, ...given({ language }) }
}

function nodes(parts: readonly (TextNode | string)[]): RichText {
  return parts.map((part) => (typeof part === 'string' ? { type: 'text', value: part } : part))
}

describe('Markdown of a chat', () => {
  const read: [source: string, ...tree: (TextNode | string)[]][] = [
    // Styles
    ['**Anna:** hello', styled('bold', 'Anna:'), ' hello'],
    [
      'a *b* _c_ __d__ ~~e~~ ||f||',
      'a ',
      styled('italic', 'b'),
      ' ',
      styled('italic', 'c'),
      ' ',
      styled('bold', 'd'),
      ' ',
      styled('strike', 'e'),
      ' ',
      styled('spoiler', 'f'),
    ],
    ['***a***', styled('italic', styled('bold', 'a'))],
    ['**a _b_**', styled('bold', 'a ', styled('italic', 'b'))],
    ['foo**bar**baz', 'foo', styled('bold', 'bar'), 'baz'],
    ['**два\nстрока**', styled('bold', 'два\nстрока')],
    ['**a\n\nb**', '**a\n\nb**'],
    [
      '2 * 3 * 4, snake_case_name, a ~ b ~ c, a || b',
      '2 * 3 * 4, snake_case_name, a ~ b ~ c, a || b',
    ],
    ['** a ** _ b_', '** a ** _ b_'],
    ['*a', '*a'],
    // Escapes and references
    ['\\*a\\* \\[x] C:\\Users \\\\', '*a* [x] C:\\Users \\'],
    ['&lt;b&gt; &amp;amp; &hearts; &#42;a&#x2a; &nosuch; AT&T', '<b> &amp; ♥ *a* &nosuch; AT&T'],
    ['a\\\nb  \nc', 'a\nb\nc'],
    // Code
    ['`a*b*` ``c`d`` `` ` ``', code('a*b*'), ' ', code('c`d'), ' ', code('`')],
    ['`a', '`a'],
    ['```js\nlet a\n  b\n```\nc', pre('let a\n  b', 'js'), 'c'],
    ['a\n~~~\n```\n~~~', 'a', pre('```')],
    ['```\nnever closed', pre('never closed')],
    ['``` one line ```', code('one line')],
    ['```\n```', '```\n```'],
    // Links
    ['[a *b*](https://c.d/e_f_g "title")', link('https://c.d/e_f_g', 'a ', styled('italic', 'b'))],
    [
      '[a](<https://b.c/d e>) [f](https://g.h/(i))',
      link('https://b.c/d e', 'a'),
      ' ',
      link('https://g.h/(i)', 'f'),
    ],
    ['[a](https://b.c?d=1&amp;e=2)', link('https://b.c?d=1&e=2', 'a')],
    ['[](https://a.b)', link('https://a.b', 'https://a.b')],
    [
      '<https://a.b/c> <ann@example.com>',
      link('https://a.b/c', 'https://a.b/c'),
      ' ',
      link('mailto:ann@example.com', 'ann@example.com'),
    ],
    [
      '[Ann](user:29:1aB) [Bob](<user:a%20(b>)',
      { type: 'mention', id: '29:1aB', children: plainText('Ann') },
      ' ',
      { type: 'mention', id: 'a (b', children: plainText('Bob') },
    ],
    ['https://a.b/c_d_e', 'https://a.b/c_d_e'],
    // What is no link
    [
      '[a](javascript:alert(1)) [b](JAVA&#x53;CRIPT&colon;x) <javascript:x>',
      '[a](javascript:alert(1)) [b](JAVASCRIPT:x) <javascript:x>',
    ],
    ['[a] (https://b.c) [d]() [e][f]', '[a] (https://b.c) [d]() [e][f]'],
    ['[f]: https://g.h', '[f]: https://g.h'],
    // Quotes
    ['> a\n> b\nc', styled('quote', 'a\nb'), 'c'],
    ['a\n\n> b\n\nc', 'a', styled('quote', 'b'), 'c'],
    ['> a\n>> b\n> c', styled('quote', 'a', styled('quote', 'b'), 'c')],
    ['> **a**\n>\n> ```\n> b\n> ```', styled('quote', styled('bold', 'a'), pre('b'))],
    ['a > b\n>', 'a > b\n>'],
    // What stays as it is written
    [
      '# Title\n- a\n- *b*\n1. c\n---\n| d | e |',
      '# Title\n- a\n- ',
      styled('italic', 'b'),
      '\n1. c\n---\n| d | e |',
    ],
    ['- *a\n- b*', '- *a\n- b*'],
    ['Title\n=====\na', 'Title\n=====\na'],
    ['    four spaces\n\n\n  two', '    four spaces\n\n\n  two'],
    ['![picture](https://a.b/c_d_e.png)', '![picture](https://a.b/c_d_e.png)'],
    ['<b>a</b> <!-- b --> <3', '<b>a</b> <!-- b --> <3'],
    ['a\r\nb\rc\0', 'a\nb\nc\ufffd'],
  ]
  for (const [source, ...tree] of read) {
    it(`reads ${JSON.stringify(source)}`, () => {
      assert.deepEqual(parseMarkdown(source, false), nodes(tree))
    })
  }

  it('reads short names, but not where one of their characters is escaped, nor in code and addresses', () => {
    const source =
      ':joy: **:thumbsup_tone3:** &#58;joy: \\:joy: `:joy:` [a](https://b.c/:joy:) :nosuch:'
    assert.deepEqual(
      parseMarkdown(source, true),
      nodes([
        '😂 ',
        styled('bold', '👍🏽'),
        ' :joy: :joy: ',
        code(':joy:'),
        ' ',
        link('https://b.c/:joy:', 'a'),
        ' :nosuch:',
      ]),
    )
  })
})

describe('a rich text as Markdown', () => {
  const written: [what: string, tree: (TextNode | string)[], source: string][] = [
    [
      'writes styles',
      [
        styled('bold', 'a'),
        ' ',
        styled('italic', 'b'),
        ' ',
        styled('strike', 'c'),
        ' ',
        styled('spoiler', 'd'),
      ],
      '**a** _b_ ~~c~~ ||d||',
    ],
    [
      'writes styles inside words',
      ['x', styled('bold', 'a'), 'y', styled('italic', 'b'), 'z'],
      'x**a**y*b*z',
    ],
    [
      'has references for letters that would keep a marker from working',
      ['so', styled('bold', '!'), 'x'],
      's&#111;**!**&#120;',
    ],
    ['parts neighbouring styles', [styled('bold', 'a'), styled('italic', 'b')], '**a**_b_'],
    ['moves spaces out of a style', ['a', styled('bold', ' b '), 'c'], 'a **b** c'],
    [
      'makes the same style twice one',
      [styled('bold', 'a', styled('bold', 'b')), styled('bold', 'c')],
      '**abc**',
    ],
    ['ends styles at empty lines', [styled('bold', 'a\n\nb')], '**a**\n\n**b**'],
    [
      'shows underlined text, and nothing of what is empty',
      [styled('underline', 'a'), styled('bold'), code('')],
      'a',
    ],
    [
      'writes code with backticks',
      [code('a`b'), ' ', code('`'), ' ', code(' c ')],
      '``a`b`` `` ` `` `  c  `',
    ],
    ['ends code with its line', [code('a\n# b')], '`a`\n`# b`'],
    [
      'fences code more strongly than what is in it',
      [pre('```\na\n```', 'c sharp')],
      '````c-sharp\n```\na\n```\n````',
    ],
    [
      'parts blocks from text',
      ['a', styled('quote', 'b\n', styled('quote', 'c')), pre('d'), 'e'],
      'a\n\n> b\n>\n>\n> > c\n\n```\nd\n```\n\ne',
    ],
    ['puts styles inside quotes', [styled('bold', 'a', styled('quote', 'b'))], '**a**\n\n> **b**'],
    [
      'writes links',
      [link('https://a.b/c_d?e=1&amp;=2', 'x]')],
      '[x\\]](https://a.b/c_d?e=1&amp;amp;=2)',
    ],
    ['brackets addresses with parentheses', [link('https://a.b/(c', 'x')], '[x](<https://a.b/(c>)'],
    ['writes no image', ['!', link('https://a.b', 'x')], '\\![x](https://a.b)'],
    [
      'writes mentions',
      [{ type: 'mention', id: '29:a b', children: plainText('Ann') }],
      '[Ann](user:29:a%20b)',
    ],
    [
      'keeps the address of what must not be a link',
      [link('javascript:alert(1)', 'x'), link('tg://a', 'y')],
      'x (javascript:alert(1))y (tg://a)',
    ],
    [
      'keeps the address of a link in a link',
      [link('https://a.b', link('https://c.d', 'x'))],
      '[x (https://c.d)](https://a.b)',
    ],
    [
      'labels a link with its address',
      [link('https://a.b'), link('https://c.d', ' ')],
      '[https://a.b](https://a.b) [https://c.d](https://c.d)',
    ],
    [
      'escapes what looks like markup',
      ['*a* _b_ `c` ~~d~~ ||e|| [f](g) <h> &amp; \\*'],
      '\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ \\|\\|e\\|\\| \\[f](g) \\<h> &amp;amp; \\\\\\*',
    ],
    [
      'escapes what looks like a block',
      ['# a\n- b\n+ c\n1. d\n2) e\n> f\n---\n===\n    g\n```'],
      '\\# a\n\\- b\n\\+ c\n1\\. d\n2\\) e\n\\> f\n\\---\n\\===\n&#32;   g\n\\`\\`\\`',
    ],
    [
      'leaves alone what does not',
      ['C:\\Users #5 -1 3 > 2 <3 snake_case 1.5 a-b A&B https://a.b/~x_y'],
      'C:\\Users #5 -1 3 > 2 <3 snake_case 1.5 a-b A&B https://a.b/~x_y',
    ],
    ['keeps spaces at the ends of lines', ['a  \n b '], 'a &#32;\n&#32;b&#32;'],
  ]
  for (const [what, tree, source] of written) {
    it(what, () => assert.equal(renderMarkdown(nodes(tree), false), source))
  }

  it('writes short names, and none for what only looks like one', () => {
    const tree = nodes(['😀 :joy: 👍🏽', styled('bold', ':+1:'), code('😀 :joy:')])
    assert.equal(
      renderMarkdown(tree, true),
      ':grinning: &#58;joy: :thumbsup_tone3:**&#58;+1:**`😀 :joy:`',
    )
  })
})

describe('what people write, for us and for markdown-it', () => {
  const parser = new MarkdownIt({ breaks: true })
  const sources = [
    ...[
      '**Hello!** How are you?',
      'It costs **5 €** (not *10*).',
      '~~old~~ **new**: `x = 1`',
      '*a* **b** _c_ __d__',
    ],
    ...[
      'Look: [here](https://example.com/a_b).',
      '**bold with `code` and [link](https://a.b)**',
      '<https://a.b>',
    ],
    ...[
      'first line\nsecond *line*',
      'a\n\n**b**\n\nc',
      '```\ncode *x*\n```',
      'text\n```js\nlet x\n```\nmore',
      '\\*not bold\\*',
    ],
    ...[
      '5 * 4 * 3 = 60',
      'file_name_with_underscores.txt',
      '&copy; &lt;b&gt;',
      '**жирный** и *курсив*',
      '**重要**です',
      'a**b**c',
    ],
  ]
  for (const source of sources) {
    it(`shows ${JSON.stringify(source)} the same`, () => {
      assert.equal(
        toHtml(parseMarkdown(source, false)),
        parser.render(source).replace(/<\/?p>|\n/g, ''),
      )
    })
  }
})

/** As markdown-it writes it, without paragraphs and line ends. */
function toHtml(text: RichText): string {
  const tags: Readonly<Record<string, string>> = { bold: 'strong', italic: 'em', strike: 's' }
  return text
    .map((node) => {
      if (node.type === 'text')
        return escapeHtml(node.value).replaceAll('\n\n', '').replaceAll('\n', '<br>')
      if (node.type === 'code') return `<code>${escapeHtml(node.value)}</code>`
      if (node.type === 'pre') {
        const language = node.language ? ` class="language-${node.language}"` : ''
        return `<pre><code${language}>${escapeHtml(node.value)}</code></pre>`
      }
      if (node.type === 'link') return `<a href="${node.href}">${toHtml(node.children)}</a>`
      const tag = tags[node.type]
      return 'children' in node ? `<${tag}>${toHtml(node.children)}</${tag}>` : ''
    })
    .join('')
}

function escapeHtml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
