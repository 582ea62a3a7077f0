import { given } from '../core/given.ts'
import { countDeadLetters } from '../db/inbox/dead-letters.ts'
import { type InboxStatus, readInboxStatus } from '../db/inbox/status.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import { countOutbox } from '../db/outbox/messages.ts'
import type { MethodServices } from '../portal/methods/method.ts'

const iso = (at: number): string => new Date(at).toISOString()

export type StatusServices = Pick<MethodServices, 'store' | 'clock' | 'directory'>

/** Status objects of PROTOCOL §4, in the order of `records`. */
export async function statusObjects(
  services: StatusServices,
  records: readonly LineRecord[],
): Promise<Record<string, unknown>[]> {
  const { store, clock } = services
  const ids = records.map(({ id }) => id)
  const inbox = await readInboxStatus(store, ids, clock.now())
  const outbound = await countOutbox(store, ids)
  const dead = await countDeadLetters(store, ids)
  return records.map((record) => ({
    connector: record.connector,
    line: record.externalId,
    status: record.status,
    ...given({ identity: record.identity, name: record.name }),
    webhookUrl: services.directory.webhookUrl(record.hash),
    ...inboxPart(inbox.get(record.id)),
    outbound: { depth: outbound.get(record.id) ?? 0 },
    deadLetters: dead.get(record.id) ?? 0,
    updatedAt: iso(record.updatedAt),
  }))
}

export async function statusObject(
  services: StatusServices,
  record: LineRecord,
): Promise<Record<string, unknown>> {
  const [status] = await statusObjects(services, [record])
  return status ?? {}
}

function inboxPart(inbox: InboxStatus | undefined): Record<string, unknown> {
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
  }
}
