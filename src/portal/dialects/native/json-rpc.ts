import { setImmediate as turn } from 'node:timers/promises'
import { type FieldFault, ParamsError, StoreUnavailableError } from '../../../core/errors.ts'
import { given } from '../../../core/given.ts'
import { checkJsonSize, isRecord } from '../../../core/json.ts'
import { type CallFailure, toCallFailure } from '../../call-failure.ts'

export interface CallRunner {
  run(method: string, params: unknown): Promise<unknown>
  /** Calls of such methods take effect in the order in which they are begun: the next need not wait for the answer. */
  isQueueing(method: string): boolean
  /** Called with every error that a call is answered with. */
  failed(method: string, error: unknown): void
}

type CallId = string | number | null

const MAX_BATCH = 50
/** The most of an answer, the whole batch's included (PROTOCOL §10). */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
/** So much is kept for the refusals of a batch's other calls. */
const MIN_ROOM = 64 * 1024
/** Throws on bytes that are no UTF-8: they would be stored, and sent, as something the portal never wrote. */
const UTF8 = new TextDecoder('utf-8', { fatal: true })
const NO_REQUEST = 'not a JSON-RPC 2.0 request'
const BAD_ID = 'id must be text, a number or null'
const PARSE_ERROR = -32700
const INVALID_REQUEST = -32600
const UNKNOWN_METHOD = -32601
const BAD_PARAMS = -32602
const INTERNAL = -32603
const HUB_ERROR = -32000

interface RpcFailure {
  readonly code: number
  readonly message: string
  readonly data?: { readonly code?: string; readonly fields?: readonly FieldFault[] }
}

/** What an answer says when there is no more room for its result. */
const NO_ROOM: RpcFailure = {
  code: HUB_ERROR,
  message: 'the answer would hold more than 4 MiB: ask for smaller pages, or in several requests',
  data: { code: 'HUB_TOO_LARGE' },
}

/**
 * Runs the JSON-RPC 2.0 request or batch in `body`; gives the answer's body, undefined when there is none to give
 * (notifications). Calls of a batch run in order. Throws StoreUnavailableError only while nothing has been done.
 */
export async function answerBody(body: Buffer, runner: CallRunner): Promise<string | undefined> {
  let request: unknown
  try {
    const text = UTF8.decode(body)
    checkJsonSize(text)
    request = JSON.parse(text)
  } catch {
    return failure(null, { code: PARSE_ERROR, message: 'the body is not JSON in UTF-8' })
  }
  if (!Array.isArray(request)) {
    const { text, outage } = await answerOne(request, runner, MAX_ANSWER_BYTES)
    if (outage) throw outage
    return text
  }
  if (request.length === 0 || request.length > MAX_BATCH) {
    const message = `a batch holds 1 to ${MAX_BATCH} calls`
    return failure(null, { code: INVALID_REQUEST, message })
  }
  const answers = await answerBatch(request, runner)
  return answers.length === 0 ? undefined : `[${answers.join(',')}]`
}

/**
 * A run of calls that only queue is begun at once: fifty messages are one commit instead of fifty. Others get a turn of the
 * event loop before each further call, and once the answer is full nothing more is carried out.
 */
async function answerBatch(calls: readonly unknown[], runner: CallRunner): Promise<string[]> {
  const answers: string[] = []
  let room = MAX_ANSWER_BYTES
  for (let index = 0; index < calls.length; ) {
    if (index > 0) await turn()
    const length = Math.max(1, countQueueing(calls, index, runner))
    const run = calls.slice(index, index + length)
    const ended = await Promise.all(run.map((call) => answerOne(call, runner, room)))
    const [first] = ended
    if (index === 0 && first?.outage && ended.every(({ outage }) => outage)) throw first.outage
    for (const { text, isTooLarge } of ended) {
      if (text === undefined) continue
      answers.push(text)
      room = isTooLarge ? 0 : room - Buffer.byteLength(text)
    }
    index += length
  }
  return answers
}

function countQueueing(calls: readonly unknown[], from: number, runner: CallRunner): number {
  const end = calls.findIndex((call, index) => {
    if (index < from) return false
    const method = isRecord(call) ? call['method'] : undefined
    return typeof method !== 'string' || !runner.isQueueing(method)
  })
  return (end < 0 ? calls.length : end) - from
}

/** An error that belongs to no call. */
export function failureBody(hubCode: string, message: string): string {
  return failure(null, { code: HUB_ERROR, message, data: { code: hubCode } })
}

interface Answer {
  /** Undefined for a notification. */
  readonly text?: string
  /** There was no room for its result. */
  readonly isTooLarge?: true
  /** The store was away: nothing was done. */
  readonly outage?: StoreUnavailableError
}

/** `room`: bytes that its result may take. */
async function answerOne(call: unknown, runner: CallRunner, room: number): Promise<Answer> {
  const id = readId(call)
  if (!isRecord(call) || call['jsonrpc'] !== '2.0' || typeof call['method'] !== 'string') {
    return { text: failure(id ?? null, { code: INVALID_REQUEST, message: NO_REQUEST }) }
  }
  if (id === undefined && 'id' in call) {
    return { text: failure(null, { code: INVALID_REQUEST, message: BAD_ID }) }
  }
  const ended = await carryOut(call['method'], call['params'], runner, room)
  if (id === undefined) return 'refusal' in ended ? given({ outage: ended.outage }) : {}
  if ('result' in ended) {
    const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${ended.result}}`
    if (Buffer.byteLength(text) <= room) return { text }
    return { text: failure(id, NO_ROOM), isTooLarge: true }
  }
  return { text: failure(id, ended.refusal), ...given({ outage: ended.outage }) }
}

type CallEnd =
  /** JSON. */
  | { readonly result: string }
  | { readonly refusal: RpcFailure; readonly outage?: StoreUnavailableError }

async function carryOut(
  method: string,
  raw: unknown,
  runner: CallRunner,
  room: number,
): Promise<CallEnd> {
  if (room <= MIN_ROOM) return { refusal: NO_ROOM }
  const params = toParams(raw)
  try {
    if (!isRecord(params)) {
      throw new ParamsError([{ field: 'params', problem: 'must be an object: named params only' }])
    }
    return { result: JSON.stringify((await runner.run(method, params)) ?? null) }
  } catch (error) {
    runner.failed(method, error)
    const outage = error instanceof StoreUnavailableError ? error : undefined
    return { refusal: toFailure(error), ...given({ outage }) }
  }
}

/** PHP writes an empty map as an empty array. */
function toParams(params: unknown): unknown {
  const isEmpty = params === undefined || (Array.isArray(params) && params.length === 0)
  return isEmpty ? {} : params
}

/** Undefined when there is no usable id; such a call is a notification if it has none at all. */
function readId(call: unknown): CallId | undefined {
  if (!isRecord(call)) return undefined
  const { id } = call
  const isId = typeof id === 'string' || typeof id === 'number' || id === null
  return isId ? id : undefined
}

function failure(id: CallId, error: RpcFailure): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error })
}

const CODES: Readonly<Record<CallFailure['kind'], number>> = {
  'unknown-method': UNKNOWN_METHOD,
  'bad-params': BAD_PARAMS,
  refused: HUB_ERROR,
  unavailable: INTERNAL,
  internal: INTERNAL,
}

function toFailure(error: unknown): RpcFailure {
  const { kind, code, message, fields } = toCallFailure(error)
  if (kind === 'unknown-method') return { code: CODES[kind], message }
  return { code: CODES[kind], message, data: fields ? { fields } : { code } }
}
