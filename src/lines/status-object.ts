import type { Clock } from '../core/clock.ts'
import { given } from '../core/given.ts'
import type { LastFailure } from '../core/inbox.ts'
import type { LineStatus } from '../core/line.ts'
import type { Store } from '../db/engine/store.ts'
import { type HealthSubject, readSubjects } from '../db/health/subjects.ts'
import { type InboxState, readInboxStates, readQueuedAt } from '../db/inbox/status.ts'
import type { LineHead } from '../db/lines/lines.ts'
import type { HealthObject } from '../health/health.ts'
import type { LineDirectory } from './directory.ts'
import { healthNow } from './health-now.ts'
import type { QueueCounts } from './queue-counts.ts'

const iso = (at: number): string => new Date(at).toISOString()

export interface StatusServices {
  readonly store: Store
  readonly clock: Clock
  readonly lineDirectory: LineDirectory
  readonly counts: QueueCounts
}

/** `isMinimum`: a queue of hundreds of thousands is still being counted; asked again it says more. */
interface Depth {
  readonly depth: number
  readonly isMinimum?: true
}

/** What portals and operators see of a line (PROTOCOL §4); instants are ISO 8601 UTC with milliseconds. */
export interface StatusObject {
  /** The line's number. */
  readonly bot: number
  readonly connector: string
  readonly line: string
  readonly status: LineStatus
  readonly health: HealthObject
  readonly identity?: string
  readonly name?: string
  readonly webhookUrl: string
  readonly queue: Depth & { readonly oldestAt?: string }
  readonly lockout?: {
    readonly attempt: number
    readonly lockedUntil: string
    readonly firstFailedAt: string
    readonly lastError: string
  }
  /** The last failed attempt at the portal; gone when one has succeeded. */
  readonly lastFailure?: Omit<LastFailure, 'at'> & { readonly at: string }
  readonly outbound: Depth & {
    /** Sending is stopped until somebody acts. */
    readonly paused?: { readonly at: string; readonly reason: string }
  }
  readonly deadLetters: number
  readonly updatedAt: string
}

/** Status objects of PROTOCOL §4, in the order of `records`. */
export async function statusObjects(
  services: StatusServices,
  records: readonly LineHead[],
): Promise<StatusObject[]> {
  const { store, counts } = services
  const ids = records.map(({ id }) => id)
  const inbox = await readInboxStates(store, ids)
  const voidUpTo = new Map([...inbox].map(([id, { purgeUntil }]) => [id, purgeUntil]))
  const events = await counts.events(ids, voidUpTo)
  const firsts = new Map([...events].map(([id, { firstSeq }]) => [id, firstSeq]))
  const queuedAt = await readQueuedAt(store, firsts)
  const outbound = await counts.messages(ids)
  const dead = await counts.deadLetters(ids)
  const subjects = await readSubjects(store, ids)
  const now = services.clock.now()
  return records.map((record) => ({
    bot: record.id,
    connector: record.connector,
    line: record.externalId,
    status: record.status,
    health: healthNow(subjects.get(record.id), record, now),
    ...given({ identity: record.identity, name: record.name }),
    webhookUrl: services.lineDirectory.webhookUrl(record.hash),
    queue: { ...depthOf(events.get(record.id)), ...oldest(queuedAt.get(record.id)) },
    ...inboxPart(inbox.get(record.id)),
    outbound: {
      ...depthOf(outbound.get(record.id)),
      ...pausePart(subjects.get(record.id)?.queue.paused),
    },
    deadLetters: dead.get(record.id)?.count ?? 0,
    updatedAt: iso(record.updatedAt),
  }))
}

function depthOf(counted: { count: number; isMinimum: boolean } | undefined): Depth {
  return { depth: counted?.count ?? 0, ...(counted?.isMinimum ? { isMinimum: true } : {}) }
}

function oldest(at: number | undefined): { oldestAt?: string } {
  return at === undefined ? {} : { oldestAt: iso(at) }
}

function pausePart(
  pause: HealthSubject['queue']['paused'],
): Pick<StatusObject['outbound'], 'paused'> {
  return pause ? { paused: { at: iso(pause.at), reason: pause.reason } } : {}
}

function inboxPart(inbox: InboxState | undefined): Pick<StatusObject, 'lockout' | 'lastFailure'> {
  const { lockout } = inbox ?? {}
  return {
    ...(lockout
      ? {
          lockout: {
            attempt: lockout.attempt,
            lockedUntil: iso(lockout.lockedUntil ?? 0),
            firstFailedAt: iso(lockout.firstFailedAt ?? 0),
            lastError: lockout.lastError ?? '',
          },
        }
      : {}),
    ...failurePart(lockout?.lastFailure),
  }
}

function failurePart(failure: LastFailure | undefined): Pick<StatusObject, 'lastFailure'> {
  return failure ? { lastFailure: { ...failure, at: iso(failure.at) } } : {}
}
