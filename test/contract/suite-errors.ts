import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { DeliveryError, type DeliveryFault } from '../../src/core/errors.ts'
import type { OutboundMessage } from '../../src/core/message.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { waitFor } from '../helpers/wait-for.ts'
import {
  type Bench,
  type Check,
  deliver,
  failureOf,
  makeLine,
  openBench,
  type Subject,
  transportFailureOf,
} from './bench.ts'

/** Instead of a connector's own time-out, which nobody wants to wait for. */
const TIMEOUT_MS = 300
const HELLO = { text: plainText('hello') }

type Row = readonly [status: number, disposition: string, outcome: string]
const ROWS: readonly Row[] = [
  [400, 'reject', 'not-sent'],
  [401, 'pause', 'not-sent'],
  [403, 'reject', 'not-sent'],
  [429, 'retry', 'not-sent'],
  [500, 'retry', 'unknown'],
  [502, 'retry', 'unknown'],
]

/** A success of somebody who isn't the channel's API, or of one that says nothing. */
const NO_ANSWERS = ['', '<html><body>ok</body></html>', 'null', 'true', '[]', '{}', '"ok"', '0']

/** What becomes of a message that the channel doesn't take, or doesn't say to have taken. */
export function errorChecks(subject: Subject): Check[] {
  const { withoutId, withError } = subject.kit.falseReceipts
  return [
    ...ROWS.map((row) => ({
      name: `a ${row[0]} is ${row[1]}, ${row[2]}, and shows no secret the channel echoes`,
      run: () => decides(subject, row),
    })),
    {
      name: 'a connection that breaks off leaves the outcome unknown',
      run: () => breaksOff(subject),
    },
    {
      name: 'a channel that never answers is given up, the outcome unknown',
      run: () => staysSilent(subject),
    },
    {
      name: 'a call that is aborted says so, before and while it is under way',
      run: () => isAborted(subject),
    },
    {
      name: 'a channel that is not there was certainly not sent to',
      run: () => isNotThere(subject),
    },
    {
      name: "a success that isn't the channel's answer, or names no message, is never told as sent",
      run: async () => {
        for (const body of [...NO_ANSWERS, ...withoutId]) await saysNothing(subject, body)
        for (const body of ['', '{}', ...withoutId, ...withError]) await saysOther(subject, body)
      },
    },
    {
      name: "a success with the channel's error in it is an error, and nothing was sent",
      run: () => saysErrors(subject, withError),
    },
  ]
}

function send(bench: Bench, message: OutboundMessage = HELLO, call = bench.call()) {
  return bench.connector.send(bench.chatId, message, bench.line, call)
}

async function faultOf(bench: Bench, work: Promise<unknown> | undefined): Promise<DeliveryFault> {
  const error = await failureOf(bench, work)
  assert.ok(error instanceof DeliveryError, inspect(error))
  assert.notEqual(error.fault.channelCode, '')
  return error.fault
}

async function decides(subject: Subject, [status, disposition, outcome]: Row): Promise<void> {
  await using bench = await openBench(subject)
  const echoed = Object.values(bench.settings).join(' ')
  bench.fail({
    status,
    headers: { 'retry-after': '5' },
    words: `echo of the secrets: ${echoed}`,
  })
  const fault = await faultOf(bench, send(bench))
  assert.deepEqual([fault.disposition, fault.outcome], [disposition, outcome])
  if (status === 429) assert.equal(fault.retryAfterMs, 5000)
}

async function breaksOff(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  bench.fail('reset')
  assert.equal((await transportFailureOf(bench, send(bench))).outcome, 'unknown')
}

async function staysSilent(subject: Subject): Promise<void> {
  await using bench = await openBench(subject, TIMEOUT_MS)
  bench.fail('silence')
  assert.equal((await transportFailureOf(bench, send(bench))).outcome, 'unknown')
}

async function isAborted(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const aborted = bench.call({ signal: AbortSignal.abort() })
  const early = await transportFailureOf(bench, send(bench, HELLO, aborted))
  assert.deepEqual([early.reason, early.outcome, bench.sent()], ['ABORTED', 'not-sent', 0])
  bench.fail('silence')
  const { signal, abort } = controllerOf()
  const sending = transportFailureOf(bench, send(bench, HELLO, bench.call({ signal })))
  await waitFor(() => bench.sent() === 1, 'the message at the channel')
  abort()
  const late = await sending
  assert.deepEqual([late.reason, late.outcome], ['ABORTED', 'unknown'])
}

function controllerOf(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

async function isNotThere(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { deadConversation: conversation } = bench
  const line = makeLine(subject.descriptor, bench.deadSettings)
  const call = bench.call(conversation ? { conversation } : {})
  const work = bench.connector.send(bench.chatId, HELLO, line, call)
  assert.equal((await transportFailureOf(bench, work)).outcome, 'not-sent')
}

/** One of each kind that a channel may have a call of its own for. */
function messagesOf(bench: Bench): Readonly<Record<string, OutboundMessage>> {
  const picture = { url: bench.fileUrl('cat.png'), name: 'cat.png', kind: 'image' } as const
  const document = { url: bench.fileUrl('offer.pdf'), name: 'offer.pdf' }
  return {
    text: HELLO,
    picture: { files: [picture] },
    document: { files: [document] },
    files: { ...HELLO, files: [picture, { ...picture, url: bench.fileUrl('dog.png') }, document] },
    buttons: { ...HELLO, buttons: [[{ text: 'Yes', payload: 'yes' }, { text: 'No' }]] },
    place: { location: { latitude: 52.5, longitude: 13.4, title: 'Office', address: 'Street 1' } },
    point: { location: { latitude: 52.5, longitude: 13.4 } },
    contact: { contact: { name: 'Ann', phone: '+4930123456' } },
  }
}

async function saysNothing(subject: Subject, body: string): Promise<void> {
  await using bench = await openBench(subject)
  const { connector, chatId, line } = bench
  const { messageIds } = await deliver(bench, HELLO)
  bench.say(200, body)
  for (const [kind, message] of Object.entries(messagesOf(bench))) {
    const { outcome } = await faultOf(bench, send(bench, message)).catch(about(`${kind}: ${body}`))
    assert.equal(outcome, 'unknown', `${kind}: ${body}`)
  }
  const [id] = messageIds
  // An edit needs no id from the channel, but it does need the channel.
  const isForeign = body === '' || body.startsWith('<')
  if (!connector.update || !id || !isForeign) return
  const edit = connector.update(chatId, id, HELLO, line, bench.call())
  await faultOf(bench, edit).catch(about(`edit: ${body}`))
}

/** A 2xx that isn't the one which the channel answers with. */
async function saysOther(subject: Subject, body: string): Promise<void> {
  for (const status of [201, 202]) {
    await using bench = await openBench(subject)
    bench.say(status, body)
    await faultOf(bench, send(bench)).catch(about(`${status} ${body}`))
  }
}

/** The first error is one of every call, the others are of messages alone. */
async function saysErrors(subject: Subject, errors: readonly string[]): Promise<void> {
  for (const [index, body] of errors.entries()) {
    await using bench = await openBench(subject)
    const { messageIds } = await deliver(bench, HELLO)
    bench.say(200, body)
    const works: Work[] = [
      ...Object.entries(messagesOf(bench)).map(
        ([kind, message]): Work => [kind, () => send(bench, message)],
      ),
      ...(index === 0 ? otherCalls(bench, messageIds[0] ?? '') : []),
    ]
    for (const [name, work] of works) {
      const { outcome } = await faultOf(bench, work()).catch(about(`${name}: ${body}`))
      assert.equal(outcome, 'not-sent', `${name}: ${body}`)
    }
  }
}

type Work = readonly [name: string, work: () => Promise<unknown>]

/** Besides messages, as far as the connector has them. */
function otherCalls({ connector, chatId, line, call, receivedId }: Bench, id: string): Work[] {
  const { update, remove, typing, markRead } = connector
  const works: (Work | undefined)[] = [
    update && ['edit', () => update(chatId, id, HELLO, line, call())],
    remove && ['delete', () => remove(chatId, id, line, call())],
    typing && ['typing', () => typing(chatId, line, call())],
    markRead && ['read', () => markRead(chatId, receivedId, line, call())],
  ]
  return works.filter((work) => work !== undefined)
}

/** Says which message it was that went wrong. */
function about(what: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error)) throw error
    throw new assert.AssertionError({ message: `${what}: ${error.message}` })
  }
}
