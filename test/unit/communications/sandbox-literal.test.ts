import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import fc from 'fast-check'
import { createLocalSandbox } from '../../../src/communications/sandbox/evaluator.ts'
import type { Escape } from '../../../src/communications/sandbox/sandbox.ts'
import { visibleText } from '../../../src/core/rich-text.ts'
import { parseText } from '../../../src/text/format.ts'
import { gotValue } from '../../helpers/sandboxes.ts'

const FORMATS: readonly Escape[] = (
  ['bbcode', 'markdown', 'html', 'plain', 'bitrix'] as const
).flatMap((text) => [
  { text, emoji: 'shortname' },
  { text, emoji: 'unicode' },
])
/** Bitrix24 has no escapes: a sign without width breaks up what would be a tag. */
const NO_WIDTH = /\u200b/g

/** Pieces that mean something in one of the formats, and what people are called. */
const value = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '[b]',
          '[/b]',
          '[url=https://e.example]',
          '[/url]',
          '&#91;',
          '&amp;',
          '&lt;',
          ':smile:',
        ],
        ...[
          '**',
          '*',
          '_',
          '`',
          '~~',
          '||',
          '# ',
          '- ',
          '1. ',
          '> ',
          '[a](http://b)',
          '<b>',
          '</b>',
        ],
        ...[
          '<a href="https://e.example">',
          '\\',
          ' ',
          '😀',
          '👩‍👩‍👧',
          '❤️',
          ':',
          '&',
          '<',
          '[',
          '\n',
          '7',
        ],
      ),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    { maxLength: 8 },
  )
  .map((pieces) =>
    pieces
      .join('')
      .replace(/[\s\u200b]+/g, ' ')
      .trim(),
  )

const sandbox = createLocalSandbox()
after(() => sandbox.close())

async function shown(template: string, params: Record<string, string>, format: Escape) {
  const scope = { lead: {}, params, now: 0 }
  const [outcome] = await sandbox.run([
    { kind: 'render', template: { text: template }, scope, escape: format },
  ])
  assert.ok(outcome)
  const { text } = gotValue(outcome) as { text: string }
  return visibleText(parseText(text, format)).replace(NO_WIDTH, '')
}

for (const format of FORMATS) {
  it(`a value shows literally in ${format.text} with emoji as ${format.emoji}`, async () => {
    await fc.assert(
      fc.asyncProperty(value, async (a) => {
        assert.equal(await shown('{{ params.a }}', { a }, format), a)
        const inside = await shown('Dear {{ params.a }} !', { a }, format)
        assert.equal(inside.replace(/ +/g, ' '), `Dear ${a} !`.replace(/ +/g, ' '))
      }),
      { numRuns: 300 },
    )
  })

  it(`two values beside each other do so too, in ${format.text} with ${format.emoji}`, async () => {
    await fc.assert(
      fc.asyncProperty(value, value, async (a, b) => {
        const together = `${a}${b}`.trim()
        fc.pre(together === `${a}${b}`)
        assert.equal(await shown('{{ params.a }}{{ params.b }}', { a, b }, format), together)
      }),
      { numRuns: 300 },
    )
  })
}
