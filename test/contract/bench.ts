import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { systemClock } from '../../src/core/clock.ts'
import type { Connector, ConnectorDescriptor, SendContext } from '../../src/core/connector.ts'
import { TransportError } from '../../src/core/errors.ts'
import { given } from '../../src/core/given.ts'
import type { Line } from '../../src/core/line.ts'
import type { OutboundMessage } from '../../src/core/message.ts'
import { readSettings } from '../../src/core/settings.ts'
import { FileSource } from '../../src/files/source.ts'
import { createChannelClient } from '../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../src/outgoing/guard.ts'
import { NOTHING_KEPT } from '../helpers/nothing-kept.ts'
import { startContractFiles } from './files.ts'
import type { ConnectorKit, ContractBench } from './kit.ts'
import type { SentView } from './view.ts'

export const WEBHOOK_SECRET = 'webhook-secret-of-the-contract-0'

/** A connector, and what holds its channel against it. */
export interface Subject {
  readonly descriptor: ConnectorDescriptor
  readonly kit: ConnectorKit
}

/** One promise of a connector. `run` rejects with an AssertionError if it isn't kept. */
export interface Check {
  readonly name: string
  run(): Promise<void>
}

export interface Bench extends ContractBench {
  readonly connector: Connector
  readonly line: Line
  /** The context of a message of its own at each call: channels with idempotency would show a second one nowhere. */
  call(more?: Partial<SendContext>): SendContext
  /** The address of a file that can be had there; what is in it is the address. */
  fileUrl(path: string): string
  /** Everything that was logged. */
  log(): string
}

export function makeLine(
  descriptor: ConnectorDescriptor,
  raw: Readonly<Record<string, string>>,
): Line {
  return {
    id: 1,
    connector: descriptor.id,
    settings: descriptor.parseSettings(readSettings(descriptor.fields, raw)),
    webhookSecret: WEBHOOK_SECRET,
    webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
  }
}

/** `timeoutMs` instead of the connector's own time-outs, which nobody wants to wait for. */
export async function openBench({ descriptor, kit }: Subject, timeoutMs?: number): Promise<Bench> {
  const stack = new AsyncDisposableStack()
  const channel = stack.use(await kit.open(descriptor.id))
  const served = stack.use(await startContractFiles())
  const guard = createTargetGuard(['127.0.0.0/8'])
  const http = createChannelClient(guard)
  const files = new FileSource(guard)
  stack.defer(() => files.close())
  stack.defer(() => http.close())
  const logged: string[] = []
  const note = (fields: object, text: string): void => {
    logged.push(inspect(fields, { depth: 9 }), text)
  }
  const connector = descriptor.create({
    http: { request: (request) => http.request({ ...request, ...given({ timeoutMs }) }) },
    files,
    ...NOTHING_KEPT,
    ...channel.kept,
    clock: systemClock,
    log: { debug: note, info: note, warn: note, error: note },
  })
  const { conversation } = channel
  let calls = 0
  return {
    ...channel,
    connector,
    line: makeLine(descriptor, channel.settings),
    call: (more = {}) => ({
      out: `out_${++calls}`,
      attempt: 1,
      done: [],
      partSent: async () => undefined,
      signal: new AbortController().signal,
      ...given({ conversation }),
      ...more,
    }),
    fileUrl: (path) => `${served.url}/${path}`,
    log: () => logged.join('\n'),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export interface Delivered {
  /** The requests that carried it, in order. */
  readonly views: readonly SentView[]
  readonly messageIds: readonly string[]
}

/** Sends a message; asserts what holds for every one: it reached its own chat, and the receipt has an id for each request. */
export async function deliver(bench: Bench, message: OutboundMessage): Promise<Delivered> {
  const before = bench.read().length
  const { messageIds } = await bench.connector.send(bench.chatId, message, bench.line, bench.call())
  const views = bench.read().slice(before)
  assert.ok(views.length > 0, 'told as sent, but nothing of it is at the channel')
  for (const { act, chat } of views) assert.deepEqual([act, chat], ['message', bench.chatId])
  assert.ok(
    messageIds.length >= views.length,
    `${messageIds.length} ids of ${views.length} messages`,
  )
  assert.equal(new Set(messageIds).size, messageIds.length, `ids: ${messageIds.join()}`)
  assert.ok(
    messageIds.every((id) => !['', '0', 'undefined', 'null'].includes(id)),
    messageIds.join(),
  )
  return { views, messageIds }
}

/** What `work` rejects with, in which no secret may stand. */
export async function failureOf(
  bench: Bench,
  work: Promise<unknown> | undefined,
): Promise<unknown> {
  const error = await Promise.resolve(work).then(
    (value) => assert.fail(`it was told as done: ${inspect(value)}`),
    (reason: unknown) => reason,
  )
  assertHidden(bench, inspect(error, { depth: 9 }))
  return error
}

export async function transportFailureOf(
  bench: Bench,
  work: Promise<unknown>,
): Promise<TransportError> {
  const error = await failureOf(bench, work)
  assert.ok(error instanceof TransportError, inspect(error))
  return error
}

/** No secret may stand in what a person or the log gets to see. */
export function assertHidden(bench: Bench, shown: string): void {
  const { settings } = bench
  const secrets = [...bench.planted, WEBHOOK_SECRET, settings['token'], settings['appSecret']]
  for (const secret of secrets) {
    if (secret) assert.ok(!`${shown}\n${bench.log()}`.includes(secret), shown)
  }
}
