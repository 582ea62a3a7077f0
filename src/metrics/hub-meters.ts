import { OWN_EVENT_TYPES } from '../core/inbox.ts'
import type { BurialReason, JobOutcome, Meters, PacketOutcome } from '../core/meters.ts'
import { type Label, type Metric, Read, Spread, Tallies } from './family.ts'

/** Of an answer over HTTP, ours and others'. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** Of a commit: a good one is under 10 ms, a store that is in trouble takes seconds. */
const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const COMMIT_ROWS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]
/** A job that runs for longer than this past its time is late. */
const LATE_AFTER_MS = 60_000

const ANSWERS = [
  ...['2xx', '3xx', '4xx', '5xx'],
  ...['HUB_BAD_UPDATE', 'HUB_BODY_INCOMPLETE', 'HUB_BAD_SIGNATURE', 'HUB_UNKNOWN_LINE'],
  ...['HUB_METHOD_NOT_ALLOWED', 'HUB_LINE_NOT_CONNECTED', 'HUB_TOO_LARGE'],
  ...['HUB_UNSUPPORTED_MEDIA_TYPE', 'HUB_LIMIT', 'HUB_INTERNAL', 'HUB_STORE_UNAVAILABLE'],
]
const EVENT_TYPES = [
  ...['message.new', 'message.updated', 'message.deleted', 'message.status', 'reaction', 'button'],
  ...['chat.started', 'chat.blocked', 'chat.unblocked', 'chat.read', 'chat.typing', 'unsupported'],
  ...OWN_EVENT_TYPES,
]
const PACKET_OUTCOMES: readonly PacketOutcome[] = [
  ...(['accepted', 'partial', 'later', 'refused', 'unreachable', 'gone', 'aborted'] as const),
]
const BURIAL_REASONS: readonly BurialReason[] = ['expired', 'gone', 'rejected', 'poison']
const SEND_OUTCOMES = ['sent', 'retry', 'pause', 'reject', 'release']
/** What channels answer with beyond these counts by its class. */
const STATUSES = [200, 201, 202, 204, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504]
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx']
const FAILURES = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  ...['ENETUNREACH', 'EPIPE', 'ABORTED', 'HUB_PRIVATE_TARGET', 'HUB_BODY_TOO_LARGE'],
  ...['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
]
const JOB_OUTCOMES: readonly JobOutcome[] = ['done', 'failed', 'skipped', 'elsewhere']

export interface Vocabulary {
  readonly connectors: readonly string[]
  readonly jobs: readonly string[]
}

/** Everything that is counted as it happens, in this process. */
export class HubMeters implements Meters {
  readonly #now: () => number
  readonly #statusLabels = new Map(STATUSES.map((status) => [status, String(status)]))
  readonly #runningJobs = new Map<string, number>()
  readonly #webhooks: Tallies
  readonly #commitOfUpdate: Spread
  readonly #events: Tallies
  readonly #packets = new Tallies(
    head('hub_packets_total', 'Packets posted to portals, by what became of them'),
    label('outcome', PACKET_OUTCOMES),
  )
  readonly #packetSeconds = new Spread(
    head('hub_packet_seconds', 'How long portals took to answer a packet'),
    REQUEST_SECONDS,
  )
  readonly #burials = new Tallies(
    head('hub_dead_letters_total', 'Events that were given up, by why'),
    label('reason', BURIAL_REASONS),
  )
  readonly #sends: Tallies
  readonly #sendSeconds: Spread
  readonly #rateLimits: Tallies
  readonly #calls: Tallies
  readonly #commits = new Spread(
    head('hub_store_commit_seconds', 'How long a transaction that changes something took'),
    COMMIT_SECONDS,
  )
  readonly #rows = new Spread(
    head('hub_store_commit_rows', 'Rows that a transaction changed'),
    COMMIT_ROWS,
  )
  readonly #storeRetries = new Tallies(
    head('hub_store_retries_total', 'Statements and transactions that were tried again, by why'),
    label('cause', ['conflict', 'locked', 'lost']),
  )
  readonly #storeFailures = new Tallies(
    head('hub_store_failures_total', 'Statements and transactions that the store did not take'),
  )
  readonly #jobs: Tallies
  readonly #jobSeconds: Spread

  constructor({ connectors, jobs }: Vocabulary, now: () => number = () => performance.now()) {
    this.#now = now
    const connector = label('connector', connectors)
    const job = label('job', jobs)
    this.#webhooks = new Tallies(
      head('hub_webhook_requests_total', 'Requests to the webhook, by what they were answered'),
      connector,
      label('answer', ANSWERS),
    )
    this.#commitOfUpdate = new Spread(
      head('hub_update_commit_seconds', 'From an update until its events were committed'),
      REQUEST_SECONDS,
      connector,
    )
    this.#events = new Tallies(
      head('hub_events_total', 'Events put into the inbox for portals'),
      connector,
      label('type', EVENT_TYPES),
    )
    this.#sends = new Tallies(
      head('hub_sends_total', 'Messages handed to channels, by what became of the try'),
      connector,
      label('outcome', SEND_OUTCOMES),
    )
    this.#sendSeconds = new Spread(
      head('hub_send_seconds', 'How long a try to send a message took'),
      REQUEST_SECONDS,
      connector,
    )
    this.#rateLimits = new Tallies(
      head('hub_send_rate_limits_total', 'Sends that a channel refused as too many at once (429)'),
      connector,
    )
    this.#calls = new Tallies(
      head('hub_channel_calls_total', "Requests to channels' APIs, by HTTP status or failure"),
      connector,
      label('code', [...STATUSES.map(String), ...CLASSES, ...FAILURES]),
    )
    this.#jobs = new Tallies(
      head('hub_job_runs_total', 'Runs of jobs, by how they ended'),
      job,
      label('outcome', JOB_OUTCOMES),
    )
    this.#jobSeconds = new Spread(
      head('hub_job_seconds', 'How long a run of a job took'),
      [0.01, 0.1, 1, 10, 60, 300],
      job,
    )
  }

  metrics(): Metric[] {
    return [
      ...[this.#webhooks, this.#commitOfUpdate, this.#events, this.#packets, this.#packetSeconds],
      ...[this.#burials, this.#sends, this.#sendSeconds, this.#rateLimits, this.#calls],
      ...[this.#commits, this.#rows, this.#storeRetries, this.#storeFailures],
      ...[this.#jobs, this.#jobSeconds],
      new Read(head('hub_jobs_due', 'Jobs whose time has come and that run now'), () => [
        { value: this.#runningJobs.size },
      ]),
      new Read(
        head('hub_jobs_late', 'Jobs that have run for over a minute past their time'),
        () => [{ value: this.#lateJobs() }],
      ),
    ]
  }

  webhookAnswered(connector: string | undefined, answer: string): void {
    this.#webhooks.add(connector, answer)
  }

  updateCommitted(connector: string, ms: number): void {
    this.#commitOfUpdate.observe(ms / 1000, connector)
  }

  eventStored(connector: string, type: string): void {
    this.#events.add(connector, type)
  }

  packetPosted(outcome: PacketOutcome, ms: number): void {
    this.#packets.add(outcome)
    if (outcome !== 'aborted') this.#packetSeconds.observe(ms / 1000)
  }

  eventsBuried(reason: BurialReason, events: number): void {
    this.#burials.add(reason, '', events)
  }

  sendTried(connector: string, outcome: string, ms: number, isRateLimit: boolean): void {
    this.#sends.add(connector, outcome)
    this.#sendSeconds.observe(ms / 1000, connector)
    if (isRateLimit) this.#rateLimits.add(connector)
  }

  channelCalled(connector: string, end: number | string): void {
    const code = typeof end === 'string' ? end : this.#statusLabels.get(end)
    this.#calls.add(connector, code ?? CLASSES[Math.floor(Number(end) / 100) - 1])
  }

  storeCommitted(ms: number, rows: number): void {
    this.#commits.observe(ms / 1000)
    this.#rows.observe(rows)
  }

  storeRetried(cause: 'conflict' | 'locked' | 'lost'): void {
    this.#storeRetries.add(cause)
  }

  storeFailed(): void {
    this.#storeFailures.add()
  }

  jobStarted(job: string): void {
    this.#runningJobs.set(job, this.#now())
  }

  jobEnded(job: string, outcome: JobOutcome, ms: number): void {
    this.#jobs.add(job, outcome)
    if (outcome === 'skipped') return
    this.#runningJobs.delete(job)
    if (outcome !== 'elsewhere') this.#jobSeconds.observe(ms / 1000, job)
  }

  #lateJobs(): number {
    const now = this.#now()
    return [...this.#runningJobs.values()].filter((at) => now - at > LATE_AFTER_MS).length
  }
}

function head(name: string, help: string): { name: string; help: string } {
  return { name, help }
}

function label(name: string, known: readonly string[]): Label {
  return { name, known: new Set(known) }
}
