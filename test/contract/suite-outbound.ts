import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { DeliveryError } from '../../src/core/errors.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { assertHidden, type Bench, type Check, deliver, openBench, type Subject } from './bench.ts'
import { type SentAct, type SentView, textsOf } from './view.ts'

const HELLO = { text: plainText('hello') }

/** One plain message, and what can be done to it afterwards. */
export function outboundChecks(subject: Subject): Check[] {
  return [
    { name: 'sends, and gives the ids of what the channel took', run: () => sends(subject) },
    {
      name: 'edits, deletes, shows typing and marks as read exactly if it says so',
      run: () => acts(subject),
    },
    { name: 'loses nothing of a longer text when it edits', run: () => editsAtLength(subject) },
  ]
}

async function sends(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { views, messageIds } = await deliver(bench, HELLO)
  assert.deepEqual([messageIds.length, views.length, bench.sent()], [1, 1, 1])
  assert.deepEqual(textsOf(views), ['hello'])
  assertHidden(bench, '')
}

/** The only request of `work`, which must be of this kind. */
async function actOf(
  bench: Bench,
  act: SentAct,
  work: Promise<unknown> | undefined,
): Promise<SentView> {
  const before = bench.read().length
  await work
  const views = bench.read().slice(before)
  assert.deepEqual(
    views.map(({ act: kind, chat }) => [kind, chat]),
    [[act, bench.chatId]],
  )
  return views[0] as SentView
}

async function acts(subject: Subject): Promise<void> {
  const { capabilities } = subject.descriptor
  await using bench = await openBench(subject)
  const { connector, chatId, line } = bench
  const { messageIds } = await deliver(bench, HELLO)
  const [id = ''] = messageIds
  const { update, remove, typing, markRead } = connector
  assert.deepEqual(
    [update, remove, typing, markRead].map((method) => method !== undefined),
    [capabilities.edit, capabilities.delete, capabilities.typing, capabilities.markRead],
  )
  if (update) {
    const buttons = [[{ text: 'Yes', payload: 'yes' }]]
    const message = { text: plainText('other words'), buttons }
    const edit = await actOf(bench, 'edit', update(chatId, id, message, line, bench.call()))
    assert.equal(edit.messageId, id)
    assert.match(edit.texts.join('\n'), /other words/)
    const isListed = edit.texts.some((text) => text.includes('1. Yes'))
    assert.ok(isListed || edit.buttons.some(({ text }) => text === 'Yes'), 'its buttons are gone')
  }
  if (typing) await actOf(bench, 'typing', typing(chatId, line, bench.call()))
  if (markRead) {
    const mark = markRead(chatId, bench.receivedId, line, bench.call())
    const { messageId } = await actOf(bench, 'read', mark)
    assert.ok(messageId === undefined || messageId === bench.receivedId)
  }
  if (!remove) return
  const gone = await actOf(bench, 'delete', remove(chatId, id, line, bench.call()))
  assert.equal(gone.messageId, id)
  await remove(chatId, id, line, bench.call())
}

/** All of it, in the edit and in messages behind it, or a clear no before anything is changed. */
async function editsAtLength(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { connector, chatId, line } = bench
  if (!connector.update) return
  const [id = ''] = (await deliver(bench, HELLO)).messageIds
  const before = bench.read().length
  const words = 'word '.repeat(subject.descriptor.capabilities.textLimit / 4).trim()
  const edit = connector.update(chatId, id, { text: plainText(words) }, line, bench.call())
  const error = await edit.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const views = bench.read().slice(before)
  if (error !== undefined) {
    assert.ok(error instanceof DeliveryError, inspect(error))
    assert.deepEqual([error.fault.outcome, views.length], ['not-sent', 0])
    return
  }
  assert.deepEqual([views[0]?.act, views[0]?.messageId], ['edit', id])
  assert.equal(textsOf(views).join(' '), words)
}
