import { createServer, type IncomingMessage } from 'node:http'
import { createPool, type Pool } from 'mysql2/promise'
import { Agent } from 'undici'
import { signedHeaders } from '../../src/client/signature.ts'
import { AnswerReader } from '../../src/core/answer-reader.ts'
import { listen } from '../harness/listen.ts'
import { readArgument, serve } from '../harness/serve.ts'

/**
 * The least that has to be done for a durable webhook in order: parse, commit together with whatever else waits, answer 200,
 * post packets of each line one after another with a signature, and forget what was delivered with the next commit. No
 * checks, repeats, formats, lockout, leases or settings. What the hub does beside it is seen against this.
 */
export interface BareOrder {
  readonly databaseUrl: string
  readonly sinkUrl: string
  /** A row for each event, or one for each commit with all of its events in it. */
  readonly rows: 'event' | 'segment'
}

interface Event {
  readonly line: Line
  readonly seq: number
  readonly json: string
  readonly segment: Segment
}

/** The events of one commit. */
interface Segment {
  id: number
  left: number
}

interface Line {
  readonly name: string
  /** Committed and not posted yet, in order. */
  waiting: Event[]
  isPosting: boolean
}

interface Arrival {
  readonly line: Line
  readonly json: string
  answer(): void
}

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
const MAX_EVENTS = 100

const order = readArgument<BareOrder>()
const isSegmented = order.rows === 'segment'
const pool = createPool({ uri: order.databaseUrl, connectionLimit: 2, multipleStatements: true })
await createTables(pool)
const agent = new Agent({ pipelining: 1 })
const { origin } = new URL(order.sinkUrl)
const lines = new Map<string, Line>()
let arrivals: Arrival[] = []
/** Rows of events, or segments, that can go. */
let done: number[] = []
let isCommitting = false
let seq = Date.now() * 1024
let segments = 0

async function createTables(to: Pool): Promise<void> {
  await to.query(
    isSegmented
      ? 'CREATE TABLE segment (id BIGINT PRIMARY KEY, body MEDIUMTEXT NOT NULL) ENGINE=InnoDB'
      : 'CREATE TABLE event (seq BIGINT PRIMARY KEY, line VARCHAR(32) NOT NULL, body TEXT NOT NULL) ENGINE=InnoDB',
  )
}

async function commit(): Promise<void> {
  if (isCommitting) return
  isCommitting = true
  while (arrivals.length > 0 || done.length > 0) {
    const [taken, gone] = [arrivals, done]
    arrivals = []
    done = []
    const segment: Segment = { id: ++segments, left: taken.length }
    const events = taken.map(({ line, json }): Event => ({ line, json, seq: ++seq, segment }))
    const { sql, values } = isSegmented ? segmentSql(segment, events, gone) : eventSql(events, gone)
    await pool.query({ sql, values })
    for (const { answer } of taken) answer()
    for (const event of events) event.line.waiting.push(event)
    for (const line of new Set(events.map((event) => event.line))) void post(line)
  }
  isCommitting = false
}

interface Sql {
  readonly sql: string
  readonly values: unknown[]
}

function segmentSql({ id }: Segment, events: readonly Event[], gone: readonly number[]): Sql {
  const parts = ['BEGIN']
  const values: unknown[] = []
  if (events.length > 0) {
    parts.push('INSERT INTO segment (id, body) VALUES (?, ?)')
    values.push(id, JSON.stringify(events.map(({ line, seq: at, json }) => [line.name, at, json])))
  }
  if (gone.length > 0) {
    parts.push('DELETE FROM segment WHERE id IN (?)')
    values.push(gone)
  }
  return { sql: [...parts, 'COMMIT'].join(';'), values }
}

function eventSql(events: readonly Event[], gone: readonly number[]): Sql {
  const parts = ['BEGIN']
  const values: unknown[] = []
  if (events.length > 0) {
    parts.push('INSERT INTO event (seq, line, body) VALUES ?')
    values.push(events.map(({ line, seq: at, json }) => [at, line.name, json]))
  }
  if (gone.length > 0) {
    parts.push('DELETE FROM event WHERE seq IN (?)')
    values.push(gone)
  }
  return { sql: [...parts, 'COMMIT'].join(';'), values }
}

async function post(line: Line): Promise<void> {
  if (line.isPosting) return
  line.isPosting = true
  while (line.waiting.length > 0) {
    const packet = line.waiting.slice(0, MAX_EVENTS)
    const list = packet.map(({ json }) => json).join(',')
    const body = `{"type":"events","connector":"bare","line":"${line.name}","events":[${list}]}`
    const id = `pkt_${packet[0]?.seq}`
    const timestamp = Math.floor(Date.now() / 1000)
    const headers = {
      'content-type': 'application/json',
      ...signedHeaders({ id, timestamp, body, secrets: [SECRET] }),
    }
    const reader = new AnswerReader(64 * 1024)
    agent.dispatch({ origin, path: '/', method: 'POST', headers, body }, reader)
    const end = await reader.end
    if (end.kind !== 'answered') continue
    line.waiting = line.waiting.slice(packet.length)
    forget(packet)
  }
  line.isPosting = false
}

function forget(packet: readonly Event[]): void {
  for (const { seq: row, segment } of packet) {
    segment.left -= 1
    if (!isSegmented) done.push(row)
    else if (segment.left === 0) done.push(segment.id)
  }
  void commit()
}

function take(hash: string, text: string, answer: () => void): void {
  const { message } = JSON.parse(text) as { message: { message_id: number; text: string } }
  let line = lines.get(hash)
  if (!line) {
    line = { name: hash, waiting: [], isPosting: false }
    lines.set(hash, line)
  }
  const json = JSON.stringify({
    id: String(++seq),
    type: 'message.new',
    message: { id: String(message.message_id), text: message.text },
  })
  arrivals.push({ line, json, answer })
  void commit()
}

function read(request: IncomingMessage, then: (text: string) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => then(Buffer.concat(chunks).toString('utf8')))
}

const server = createServer((request, response) => {
  const hash = request.url?.split('hash=')[1] ?? ''
  read(request, (text) => {
    take(hash, text, () => {
      response.writeHead(200, { 'content-length': 0 })
      response.end()
    })
  })
})
serve(await listen(server), {})
