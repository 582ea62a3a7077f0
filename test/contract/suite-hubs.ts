import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { DeliveryError } from '../../src/core/errors.ts'
import { plainText } from '../../src/core/rich-text.ts'
import {
  type Bench,
  type Check,
  failureOf,
  openBench,
  type Subject,
  transportFailureOf,
} from './bench.ts'

/**
 * What can go wrong where the hub itself is the channel. Nobody refuses credentials there, breaks off or answers nonsense, so
 * that the checks of other channels would wait for trouble that never comes; but its store can be away, and calls end.
 */
export function storeChecks(subject: Subject): Check[] {
  return [
    {
      name: 'a store that is away is waited for, the outcome unknown',
      run: () => waitsForStore(subject),
    },
    {
      name: 'a call that is aborted says so, and nothing of it is stored',
      run: () => isAborted(subject),
    },
    { name: 'a message that is sent twice is there once', run: () => isThereOnce(subject) },
  ]
}

/** Of a channel that nothing is sent to. */
export function receiverChecks(subject: Subject): Check[] {
  return [{ name: 'refuses for good what is to be sent', run: () => refuses(subject) }]
}

const HELLO = { text: plainText('hello') }

/** All that puts something there, and can fail. */
function actsOf({ connector, chatId, line, call }: Bench, more: Parameters<typeof call>[0] = {}) {
  return [
    () => connector.send(chatId, HELLO, line, call(more)),
    () => connector.update?.(chatId, 'out_1/1', HELLO, line, call(more)),
    () => connector.remove?.(chatId, 'out_1/1', line, call(more)),
    () => connector.typing?.(chatId, line, call(more)),
    () => connector.markRead?.(chatId, 'out_1/1', line, call(more)),
  ]
}

async function waitsForStore(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  assert.ok(bench.loseStore, 'the kit can not take its store away')
  bench.loseStore()
  for (const act of actsOf(bench)) {
    const error = await failureOf(bench, act())
    assert.ok(error instanceof DeliveryError, inspect(error))
    assert.deepEqual([error.fault.disposition, error.fault.outcome], ['retry', 'unknown'])
  }
}

async function isAborted(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  for (const act of actsOf(bench, { signal: AbortSignal.abort() })) {
    const { reason, outcome } = await transportFailureOf(bench, Promise.resolve(act()))
    assert.deepEqual([reason, outcome], ['ABORTED', 'not-sent'])
  }
  assert.equal(bench.read().length, 0)
}

async function isThereOnce(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { connector, chatId, line } = bench
  const long = { ...HELLO, files: [{ url: bench.fileUrl('a.pdf'), name: 'a.pdf' }] }
  const call = bench.call()
  const first = await connector.send(chatId, long, line, call)
  const { length } = bench.read()
  const second = await connector.send(chatId, long, line, { ...call, attempt: 2 })
  assert.deepEqual(second, first)
  assert.equal(bench.read().length, length)
}

async function refuses(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { connector, chatId, line } = bench
  assert.ok(connector.receivesOnly)
  const error = await failureOf(bench, connector.send(chatId, HELLO, line, bench.call()))
  assert.ok(error instanceof DeliveryError, inspect(error))
  const { disposition, outcome, channelCode } = error.fault
  assert.deepEqual([disposition, outcome, channelCode], ['reject', 'not-sent', 'HUB_UNSUPPORTED'])
}
