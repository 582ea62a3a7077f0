import assert from 'node:assert/strict'
import type { FileKind } from '../../src/core/event.ts'
import type { OutboundFile, OutboundMessage } from '../../src/core/message.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { type Bench, type Check, deliver, openBench, type Subject } from './bench.ts'
import { type SentFile, type SentView, shownKindOf, textsOf } from './view.ts'

interface TestFile extends OutboundFile {
  /** As what it is to be shown, whether or not the portal says so. */
  readonly is: FileKind
}

/** `files`: shown, or told as the address; in either case with its name, and none missing. */
export function fileChecks(subject: Subject): Check[] {
  return [
    { name: 'sends a picture and a document by themselves', run: () => sendsEach(subject) },
    { name: 'sends files with a text, and several at once', run: () => sendsSeveral(subject) },
    { name: 'sends a file with a text as long as its limit', run: () => sendsBesideText(subject) },
  ]
}

function filesOf({ fileUrl }: Bench): readonly [TestFile, TestFile, ...TestFile[]] {
  return [
    { url: fileUrl('cat.png'), name: 'cat.png', kind: 'image', is: 'image' },
    { url: fileUrl('get/7'), name: 'Offer 2026.pdf', kind: 'document', is: 'document' },
    { url: fileUrl('dog.jpg'), is: 'image' },
    { url: fileUrl('plan.pdf'), is: 'document' },
    { url: fileUrl('list.pdf'), name: 'list.pdf', is: 'document' },
    { url: fileUrl('tour.mp4'), name: 'tour.mp4', kind: 'video', is: 'video' },
  ]
}

function messageOf(files: readonly TestFile[], text?: string): OutboundMessage {
  return {
    ...(text === undefined ? {} : { text: plainText(text) }),
    files: files.map(({ is: _, ...file }) => file),
  }
}

async function sendsEach(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  for (const file of filesOf(bench)) {
    const { views } = await deliver(bench, messageOf([file]))
    assertFile(file, views, subject)
  }
}

async function sendsSeveral(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const files = filesOf(bench)
  const [picture, document] = files
  const many = Array.from({ length: 13 }, (_, index): TestFile => {
    const name = `page-${index}.pdf`
    return { url: bench.fileUrl(name), name, kind: 'document', is: 'document' }
  })
  for (const set of [[picture], [document], [picture, document], files, many]) {
    const { views } = await deliver(bench, messageOf(set, 'as we said'))
    for (const file of set) assertFile(file, views, subject)
    assert.match(textsOf(views).join('\n'), /as we said/)
  }
}

async function sendsBesideText(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const [picture] = filesOf(bench)
  const text = 'a'.repeat(subject.descriptor.capabilities.textLimit)
  const { views } = await deliver(bench, messageOf([picture], text))
  assertFile(picture, views, subject)
  const said = textsOf(views).join('').replaceAll(/[^a]/g, '')
  assert.ok(said.length >= text.length, `${said.length} of ${text.length} characters`)
}

function assertFile(file: TestFile, views: readonly SentView[], subject: Subject): void {
  const { url, name, is } = file
  const shown = views.flatMap(({ files }) => files).filter((one) => one.url === url)
  const said = textsOf(views).join('\n')
  assert.ok(shown.length <= 1, `${url} is shown ${shown.length} times`)
  const [one] = shown
  if (one) {
    assertShown(file, one, said, subject)
    return
  }
  const { descriptor, kit } = subject
  const isLinked = kit.traits?.linkedKinds?.includes(is) === true
  const isNative = descriptor.capabilities.files === 'native' && !isLinked
  assert.ok(!isNative, `${url} is not shown as a file`)
  assert.ok(said.includes(url), `${url} is neither shown nor told`)
  if (name) assert.ok(said.includes(name), `the name of ${url} is missing`)
}

/** Pictures and videos have no names to their viewers. */
function assertShown(
  { name, is }: TestFile,
  shown: SentFile,
  said: string,
  { kit }: Subject,
): void {
  const kind = shownKindOf(is)
  const isAsItIs = shown.kind === kind || (kind === 'video' && shown.kind === 'file')
  assert.ok(isAsItIs, `${shown.url} is shown as ${shown.kind}`)
  if (name === undefined || shown.kind !== 'file' || kit.traits?.namesFilesByAddress) return
  assert.ok(shown.name === name || said.includes(name), `the name of ${shown.url} is missing`)
}
