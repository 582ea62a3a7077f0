import { createExpireOutboxJob } from './jobs/expire-outbox.ts'
import type { Job } from './jobs/job.ts'
import { Past } from './jobs/past.ts'
import { createPruneJob } from './jobs/prune.ts'
import { createRecallParkedJob } from './jobs/recall-parked.ts'
import { createRemovePortalsJob } from './jobs/remove-portals.ts'
import { UpkeepRounds } from './jobs/upkeep.ts'
import { expireOutbox } from './outbox/expiry.ts'
import { type DoorContextDeps, doorContext } from './portal/door-frame.ts'
import type { Services } from './services.ts'
import type { OutboxParts } from './wiring.ts'

/** The part of the composition root that is about what runs by the clock. */
export function createJobs(
  services: Services,
  { render, doors }: Pick<OutboxParts, 'render'> & { readonly doors: DoorContextDeps },
): Job[] {
  const { config, store, clock, log, signals, lineDirectory, removal } = services
  const { dedupeMs, deadLetterMs, journalMs } = config
  const findLine = (lineId: number) => lineDirectory.findById(lineId)
  const expire = async (now: number) => {
    const expired = await expireOutbox({ store, clock, findLine, render }, now)
    if (expired > 0) signals.commDue.raise(undefined)
    return expired
  }
  const past = new Past({ store, log })
  return [
    createExpireOutboxJob(log, past, expire),
    createPruneJob(store, past, { dedupeMs, deadLetterMs, journalMs, clock }),
    createRecallParkedJob(store, clock),
    createRemovePortalsJob(removal),
    createUpkeepJob(services, doors),
  ]
}

/** What the dialects do by the clock. */
function createUpkeepJob(services: Services, context: DoorContextDeps): Job {
  const { clock, log, dialects, portalDirectory } = services
  return new UpkeepRounds({
    ...{ clock, log },
    upkeeps: dialects.flatMap((dialect) => {
      const upkeep = dialect.createUpkeep?.(doorContext(dialect.id, context))
      return upkeep ? [{ dialect: dialect.id, upkeep }] : []
    }),
    listPortals: (dialect) => portalDirectory.listOfDialect(dialect),
  }).job()
}
