import { given } from '../core/given.ts'
import type { LastFailure } from '../core/inbox.ts'
import type { LineStatus } from '../core/line.ts'
import type { Store } from '../db/engine/store.ts'
import { countDeadLetters } from '../db/inbox/dead-letters.ts'
import { type InboxStatus, readInboxStatus } from '../db/inbox/status.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import { type OutboxPause, readPauses } from '../db/outbox/hold.ts'
import { countOutbox } from '../db/outbox/messages.ts'
import type { LineDirectory } from './directory.ts'

const iso = (at: number): string => new Date(at).toISOString()

export interface StatusServices {
  readonly store: Store
  readonly lineDirectory: LineDirectory
}

/** What portals and operators see of a line (PROTOCOL §4); instants are ISO 8601 UTC with milliseconds. */
export interface StatusObject {
  readonly connector: string
  readonly line: string
  readonly status: LineStatus
  readonly identity?: string
  readonly name?: string
  readonly webhookUrl: string
  readonly queue: { readonly depth: number; readonly oldestAt?: string }
  readonly lockout?: {
    readonly attempt: number
    readonly lockedUntil: string
    readonly firstFailedAt: string
    readonly lastError: string
  }
  /** The last failed attempt at the portal; gone when one has succeeded. */
  readonly lastFailure?: Omit<LastFailure, 'at'> & { readonly at: string }
  readonly outbound: {
    readonly depth: number
    /** Sending is stopped until somebody acts. */
    readonly paused?: { readonly at: string; readonly reason: string }
  }
  readonly deadLetters: number
  readonly updatedAt: string
}

/** Status objects of PROTOCOL §4, in the order of `records`. */
export async function statusObjects(
  services: StatusServices,
  records: readonly LineRecord[],
): Promise<StatusObject[]> {
  const { store } = services
  const ids = records.map(({ id }) => id)
  const inbox = await readInboxStatus(store, ids)
  const outbound = await countOutbox(store, ids)
  const dead = await countDeadLetters(store, ids)
  const pauses = await readPauses(store, ids)
  return records.map((record) => ({
    connector: record.connector,
    line: record.externalId,
    status: record.status,
    ...given({ identity: record.identity, name: record.name }),
    webhookUrl: services.lineDirectory.webhookUrl(record.hash),
    ...inboxPart(inbox.get(record.id)),
    outbound: outboundPart(outbound.get(record.id) ?? 0, pauses.get(record.id)),
    deadLetters: dead.get(record.id) ?? 0,
    updatedAt: iso(record.updatedAt),
  }))
}

function outboundPart(depth: number, pause: OutboxPause | undefined): StatusObject['outbound'] {
  return { depth, ...(pause ? { paused: { at: iso(pause.at), reason: pause.reason } } : {}) }
}

function inboxPart(
  inbox: InboxStatus | undefined,
): Pick<StatusObject, 'queue' | 'lockout' | 'lastFailure'> {
  const { depth = 0, oldestAt, lockout } = inbox ?? {}
  return {
    queue: { depth, ...(oldestAt === undefined ? {} : { oldestAt: iso(oldestAt) }) },
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
