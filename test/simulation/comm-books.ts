import { jobId, parseJobId, runId } from '../../src/core/ids.ts'
import {
  type Facts,
  hasEnded,
  isBegun,
  isOpen,
  leadOf,
  PLAN_AGE_MS,
  readProgress,
  replyOf,
  SKEW_MS,
  textOf,
} from './comm-facts.ts'
import { type Expected, matches } from './comm-match.ts'
import type { CommChanges, CommEventRow, JobRow, MessageRow, RunRow } from './comm-rows.ts'
import { CHILD, keyBy } from './comm-scripts.ts'
import { StartBooks } from './comm-starts.ts'
import { Violation } from './invariants.ts'

interface JobBook {
  row: JobRow
  readonly createdAt: number
  /** The time that it counts from in the order of its recipient, and since when it has. */
  dueSince: number
  texts: string[]
  replies: string[]
  ends: number
  sent: number
}

interface Committer {
  readonly name: string
  readonly token: string
}

/** Looks at each commit: is it one that the promises of the communications allow? */
export class CommBooks {
  readonly jobs = new Map<number, JobBook>()
  readonly runs = new Map<number, RunRow>()
  readonly #events = new Map<number, { readonly row: CommEventRow; readonly at: number }>()
  readonly #answers = new Map<number, Set<string>>()
  readonly #starts: StartBooks
  readonly #facts: Facts
  readonly #isTimeSteady: boolean
  messages = 0
  endedJobs = 0

  constructor(facts: Facts, { isTimeSteady }: { readonly isTimeSteady: boolean }) {
    this.#facts = facts
    this.#starts = new StartBooks(facts, isTimeSteady)
    this.#isTimeSteady = isTimeSteady
  }

  /** A call is made: its job has to wait for it. */
  called(key: string): void {
    const [name = '', count] = key.split(':')
    const id = parseJobId(name)
    if (id === undefined || !this.jobs.has(id) || !(Number(count) > 0)) {
      throw new Violation(`a call has the key ${key}`)
    }
  }

  answered(key: string, answer: string): void {
    const job = parseJobId(key.slice(0, key.indexOf(':'))) ?? 0
    this.#answers.set(job, (this.#answers.get(job) ?? new Set()).add(answer))
  }

  answersOf(job: number): ReadonlySet<string> {
    return this.#answers.get(job) ?? new Set()
  }

  commit(changes: CommChanges, by: Committer, now: number): void {
    const before = new Map<number, JobRow>()
    const after = new Map<number, JobRow>()
    const isNew = new Set<number>()
    for (const { isNew: isInserted, row } of changes.jobs) {
      const known = this.jobs.get(row.id)
      if (isInserted) isNew.add(row.id)
      else if (known && !before.has(row.id)) before.set(row.id, known.row)
      after.set(row.id, row)
    }
    for (const row of changes.came) this.#events.set(row.id, { row, at: now })
    this.#checkMessages(changes.messages, before, by)
    this.#checkReplies(changes.gone, before, after, now)
    this.#starts.check(changes, isNew, now)
    this.#checkChildren(changes, isNew)
    for (const [id, row] of after) this.#move(row, before.get(id), now)
    this.#checkEnds(changes, before, after)
    this.#checkOneAtATime(after)
    for (const row of changes.runs) this.#moveRun(row, changes)
    for (const { id } of changes.gone) this.#events.delete(id)
  }

  #checkMessages(
    messages: readonly MessageRow[],
    before: ReadonlyMap<number, JobRow>,
    by: Committer,
  ): void {
    for (const { jobId, lineId, text, lead } of messages) {
      const job = this.jobs.get(jobId)
      if (!job) throw new Violation(`a message "${text}" of no job`)
      if (this.#facts.ownerOf(lineId) !== by.token) {
        throw new Violation(
          `${by.name} has sent "${text}" for line ${lineId}, which it doesn't hold`,
        )
      }
      const state = (before.get(jobId) ?? job.row).state
      if (!isOpen(state)) throw new Violation(`job ${jobId} is ${state} and has sent "${text}"`)
      if (job.row.lead !== lead) throw new Violation(`job ${jobId} has sent to recipient ${lead}`)
      const run = job.row.runId === null ? undefined : this.runs.get(job.row.runId)
      if (run && run.state !== 'running') {
        throw new Violation(`run ${run.id} is ${run.state} and job ${jobId} has sent "${text}"`)
      }
      job.texts.push(text)
      job.sent += 1
      this.messages += 1
    }
  }

  /** Whoever waits for an answer gets the first message that was not looked at yet, and nobody gets another. */
  #checkReplies(
    gone: readonly CommEventRow[],
    before: ReadonlyMap<number, JobRow>,
    after: ReadonlyMap<number, JobRow>,
    now: number,
  ): void {
    const said = this.#firstSaid(gone)
    for (const [lead, text] of said) {
      const waiting = this.#waitingOf(lead, before)
      if (!waiting) continue
      const now = after.get(waiting.id)
      if (now?.state !== 'running' || replyOf(now) !== text) {
        throw new Violation(`job ${waiting.id} waits for an answer and didn't get "${text}"`)
      }
    }
    for (const [id, row] of after) {
      const was = before.get(id)
      const reply = replyOf(row)
      if (reply === undefined || (was && replyOf(was) === reply)) continue
      if (row.lead === null || said.get(row.lead) !== reply) {
        throw new Violation(`job ${id} got the answer "${reply}" that nobody gave just now`)
      }
      this.jobs.get(id)?.replies.push(reply)
    }
    for (const [id, row] of after) this.#checkTimeOut(before.get(id), row, now)
  }

  #firstSaid(gone: readonly CommEventRow[]): ReadonlyMap<number, string> {
    const said = new Map<number, string>()
    for (const row of gone.toSorted((a, b) => a.id - b.id)) {
      const lead = row.type === 'message.new' ? leadOf(this.#facts, row) : undefined
      if (lead !== undefined && !said.has(lead)) said.set(lead, textOf(row))
    }
    return said
  }

  #checkTimeOut(was: JobRow | undefined, row: JobRow, now: number): void {
    const wait = was?.state === 'waiting' ? readProgress(was)?.wait : undefined
    const isOver = readProgress(row)?.wait === undefined || row.progress !== was?.progress
    if (!was || !wait || !isOver || row.state === 'cancelled' || row.state === 'failed') return
    if (replyOf(row) !== undefined || !this.#isTimeSteady) return
    if (wait.until > now + SKEW_MS) {
      throw new Violation(`job ${row.id} has gone on ${wait.until - now} ms before its time`)
    }
    if (wait.kind !== 'reply') return
    const missed = [...this.#events.values()].find(
      ({ row: event, at }) =>
        event.type === 'message.new' &&
        at < now - PLAN_AGE_MS &&
        leadOf(this.#facts, event) === row.lead,
    )
    if (missed)
      throw new Violation(`job ${row.id} timed out though "${textOf(missed.row)}" had come`)
  }

  /** What code schedules comes with the step that it stands in. */
  #checkChildren({ jobs, messages }: CommChanges, isNew: ReadonlySet<number>): void {
    const children = jobs.filter(
      ({ row }) =>
        row.key === null &&
        isNew.has(row.id) &&
        row.kind === 'script' &&
        this.#facts.scriptOf(row.scriptId ?? 0)?.code === CHILD,
    ).length
    const steps = messages.filter(({ text }) => text.endsWith('.K')).length
    if (children !== steps) throw new Violation(`${steps} steps have scheduled ${children} jobs`)
    for (const { jobId: id, text } of messages) {
      if (!text.endsWith('.KK')) continue
      const { j } = JSON.parse(this.jobs.get(id)?.row.params ?? '{}') as { j?: string }
      const known = [...this.jobs.values()].map(({ row }) => row)
      const isThere = [...known, ...jobs.map(({ row }) => row)].some(({ key }) => key === keyBy(j))
      if (!isThere) throw new Violation(`job ${id} has scheduled no job with its key`)
    }
  }

  #move(row: JobRow, was: JobRow | undefined, now: number): void {
    const job = this.jobs.get(row.id)
    if (!job) {
      const more = { texts: [], replies: [], ends: 0, sent: 0 }
      this.jobs.set(row.id, { row, createdAt: now, dueSince: now, ...more })
      return
    }
    if (was && was.dueAt !== row.dueAt) job.dueSince = now
    if (was?.state === 'scheduled' && row.attempt > was.attempt) this.#checkBegin(row, was, now)
    job.row = row
  }

  #checkBegin(row: JobRow, was: JobRow, now: number): void {
    this.#checkVersion(row, now)
    if (this.#isTimeSteady && was.dueAt > now + SKEW_MS && row.state !== 'skipped') {
      throw new Violation(`job ${row.id} has begun ${was.dueAt - now} ms before it was due`)
    }
    // One that was refused when it was scheduled is looked at at once, to end.
    if (row.state === 'skipped') return
    for (const { row: other, dueSince } of this.jobs.values()) {
      if (other.lead !== row.lead || other.lead === null || other.id === row.id) continue
      if (other.state !== 'scheduled' || other.runId !== null || row.runId !== null) continue
      if (other.dueAt >= was.dueAt || dueSince > now - PLAN_AGE_MS) continue
      throw new Violation(`job ${row.id} has begun before job ${other.id}, which was due before`)
    }
  }

  /** A job begins with the newest version of its script, unless the version was chosen before. */
  #checkVersion(row: JobRow, now: number): void {
    const version = readProgress(row)?.frames[0]?.version
    const newest = row.kind === 'script' ? this.#facts.newestOf(row.scriptId ?? 0) : undefined
    if (version === undefined || !newest || newest.since > now - PLAN_AGE_MS) return
    if (version !== newest.version) {
      throw new Violation(`job ${row.id} has begun with version ${version} of ${newest.version}`)
    }
  }

  #checkEnds(
    { told }: CommChanges,
    before: ReadonlyMap<number, JobRow>,
    after: ReadonlyMap<number, JobRow>,
  ): void {
    const finished = told.filter(({ type }) => type === 'job.finished')
    const ended = [...after.values()].filter((row) => hasEnded(before.get(row.id), row))
    for (const row of ended) {
      this.#end(row)
      if (row.runId !== null) continue
      const count = finished.filter(({ job }) => job === jobId(row.id)).length
      if (count !== 1) throw new Violation(`the end of job ${row.id} was told ${count} times`)
    }
    for (const { job } of finished) {
      if (!ended.some(({ id }) => jobId(id) === job)) throw new Violation(`${job} has not ended`)
    }
  }

  #end(row: JobRow): void {
    const job = this.jobs.get(row.id)
    if (!job) return
    job.ends += 1
    this.endedJobs += 1
    const { texts, replies } = job
    job.texts = []
    job.replies = []
    const script = this.#facts.scriptOf(row.scriptId ?? 0)
    if (!script) {
      if (texts.length > 0)
        throw new Violation(`job ${row.id} of no script has sent ${texts.join()}`)
      return
    }
    const isBrokenOff = row.state !== 'done' && !(row.state === 'scheduled' && row.error === null)
    const expected: Expected = {
      versionsOf: (name) => this.#facts.versionsOf(script.lineId, name),
      n: Number((JSON.parse(row.params) as { n?: number }).n ?? 1),
      replies,
      answers: this.answersOf(row.id),
      isBrokenOff: isBrokenOff || texts.length === 0,
    }
    if (!matches(texts, script.code, expected)) {
      const how = `${row.state} ${row.error ?? ''} after answers ${replies.join()}`
      throw new Violation(
        `job ${row.id} (${script.code}, n ${expected.n}, ${how}) has sent ${texts.join()}`,
      )
    }
    if (row.state === 'done' && texts.length === 0 && row.lead !== null) {
      throw new Violation(`job ${row.id} (${script.code}) is done and has sent nothing`)
    }
  }

  #checkOneAtATime(after: ReadonlyMap<number, JobRow>): void {
    const leads = new Set([...after.values()].map(({ lead }) => lead))
    for (const lead of leads) {
      if (lead === null) continue
      const begun = [...this.jobs.values()].filter(
        ({ row }) => row.lead === lead && isBegun(row.state),
      )
      if (begun.length > 1) {
        const names = begun.map(({ row }) => row.id).join(' and ')
        throw new Violation(`the jobs ${names} of recipient ${lead} run at once`)
      }
    }
  }

  #moveRun(row: RunRow, { told }: CommChanges): void {
    const was = this.runs.get(row.id)
    this.runs.set(row.id, row)
    if (!was) return
    if ((was.state === 'done' || was.state === 'cancelled') && row.state !== was.state) {
      throw new Violation(`run ${row.id} was ${was.state} and is ${row.state}`)
    }
    const hasEndedNow = was.finishedAt === null && row.finishedAt !== null
    const finished = told.filter(
      ({ type, run }) => type === 'broadcast.finished' && run === runId(row.id),
    ).length
    if (hasEndedNow && finished !== 1) {
      throw new Violation(`the end of run ${row.id} was told ${finished} times`)
    }
  }

  #waitingOf(lead: number, before: ReadonlyMap<number, JobRow>): JobRow | undefined {
    for (const { row } of this.jobs.values()) {
      if (row.lead !== lead) continue
      const was = before.get(row.id) ?? row
      if (was.state === 'waiting' && readProgress(was)?.wait?.kind === 'reply') return was
    }
    return undefined
  }
}
