import assert from 'node:assert/strict'
import type { Button } from '../../src/core/message.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { type Check, deliver, openBench, type Subject } from './bench.ts'
import { type SentView, textsOf } from './view.ts'

const YES_NO: readonly Button[] = [
  { text: 'Yes', payload: 'answer:yes' },
  { text: 'No', payload: 'answer:no' },
]
/** What most channels can't show, in one way or another: none of it may get lost. */
const SETS: Readonly<Record<string, readonly Button[]>> = {
  'without payloads': [{ text: 'Yes' }, { text: 'No' }],
  'one that opens an address': [{ text: 'Shop', url: 'https://shop.example/a?b=1&c=2' }],
  'an address and an answer': [
    { text: 'Shop', url: 'https://shop.example/' },
    { text: 'Call me', payload: 'call' },
  ],
  'signs of markup': [{ text: 'A & <B>', payload: 'a' }],
  'two alike': [
    { text: 'More', payload: 'more:1' },
    { text: 'More', payload: 'more:2' },
  ],
  'a long text': [{ text: `${'long '.repeat(60)}end`, payload: 'long' }],
  'a long payload': [{ text: 'Long', payload: 'p'.repeat(1200) }],
  'an address that is none of the web': [{ text: 'Write', url: 'mailto:desk@example.com' }],
  many: Array.from({ length: 45 }, (_, index) => ({
    text: `Choice ${index + 1}`,
    payload: `c${index}`,
  })),
}

/** `buttons`: in the channel's own form, or as a numbered list; on the last message of several. */
export function buttonChecks(subject: Subject): Check[] {
  return [
    { name: 'shows buttons as it says', run: () => showsButtons(subject) },
    { name: 'loses no button that the channel can not show', run: () => losesNone(subject) },
    { name: 'puts buttons on the last of several messages', run: () => putsLast(subject) },
  ]
}

async function showsButtons(subject: Subject): Promise<void> {
  const { buttons: claim } = subject.descriptor.capabilities
  await using bench = await openBench(subject)
  for (const text of ['Shall we?', undefined]) {
    const message = { ...(text ? { text: plainText(text) } : {}), buttons: [YES_NO] }
    const { views } = await deliver(bench, message)
    assertButtons(YES_NO, views)
    assert.ok(
      textsOf(views)
        .join('\n')
        .includes(text ?? ''),
    )
    const native = views.flatMap(({ buttons }) => buttons)
    if (claim === 'list') assert.deepEqual(native, [], 'a list is promised')
    else assert.equal(native.length, YES_NO.length, 'buttons are promised')
  }
}

async function losesNone(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  for (const [name, buttons] of Object.entries(SETS)) {
    for (const rows of [[buttons], buttons.map((button) => [button])]) {
      const { views } = await deliver(bench, { text: plainText('Which?'), buttons: rows })
      assertButtons(buttons, views, name)
    }
  }
}

async function putsLast(subject: Subject): Promise<void> {
  const { descriptor, kit } = subject
  const { buttons: claim, textLimit } = descriptor.capabilities
  await using bench = await openBench(subject)
  const text = plainText('word '.repeat(textLimit / 4).trim())
  const files = [{ url: bench.fileUrl('cat.png') }, { url: bench.fileUrl('plan.pdf') }]
  const long = await deliver(bench, { text, buttons: [YES_NO] })
  assert.ok(long.views.length > 1)
  const mixed = await deliver(bench, { text: plainText('Which?'), files, buttons: [YES_NO] })
  const filesOnly = await deliver(bench, { files, buttons: [YES_NO] })
  for (const { views } of [long, mixed, filesOnly]) {
    assertButtons(YES_NO, views)
    const holders = views.filter(({ buttons }) => buttons.length > 0)
    if (claim === 'list') continue
    assert.equal(holders.length, 1, 'on one message')
    const isLast = holders[0] === views.at(-1)
    const isLastText = holders[0] === views.findLast(({ texts }) => texts.length > 0)
    assert.ok(isLast || (kit.traits?.keepsButtons && isLastText), 'not on the last message')
  }
}

/** Each one as a button with what belongs to it, or in words. */
function assertButtons(buttons: readonly Button[], views: readonly SentView[], about = ''): void {
  const native = views.flatMap((view) => view.buttons)
  const lines = textsOf(views).flatMap((text) => text.split('\n'))
  const isNative = native.length > 0
  for (const { text, url, payload } of buttons) {
    const label = text.trim()
    const shown = native.find(
      (one) =>
        one.text.trim() === label &&
        one.url === url &&
        (url !== undefined || (one.payload ?? one.text) === (payload ?? text)),
    )
    if (shown) continue
    const line = lines.find((one) => one.includes(label) && /^\d+\. /.test(one))
    assert.ok(
      line,
      `${about}: the button "${label.slice(0, 40)}" is missing${isNative ? ' among others' : ''}`,
    )
    if (url) assert.ok(line.includes(url), `${about}: the address ${url} is missing`)
  }
}
