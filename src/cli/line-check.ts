import { setTimeout as delay } from 'node:timers/promises'
import { askSoon, readWish } from '../db/health/schedule.ts'
import { readSubjects } from '../db/health/subjects.ts'
import { ProcessRepository } from '../db/hub/processes.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import type { HealthObject } from '../health/health.ts'
import type { Services } from '../services.ts'

/** A check takes ten seconds at most, and begins within two; a line that was asked before waits for its minute. */
const PATIENCE_MS = 15_000
const LOOK_EVERY_MS = 200

/**
 * Has the line checked: by a hub that runs, which knows under what address it is reached, or else by this process. Gives the
 * health as it is then.
 */
export async function checkByHub(services: Services, record: LineRecord): Promise<HealthObject> {
  const { store, clock, lineOperations } = services
  const isRunning = (await new ProcessRepository(store).findOldest('jobs')) !== undefined
  if (!isRunning) return await lineOperations.check(record)
  const checkedAt = async (): Promise<number | undefined> =>
    (await readSubjects(store, [record.id])).get(record.id)?.row?.checkedAt
  const before = await checkedAt()
  const startedAt = clock.now()
  await askSoon(store, [record.id], startedAt)
  const isRecent = ((await readWish(store, record.id)) ?? 0) > startedAt
  while (!isRecent && clock.now() - startedAt < PATIENCE_MS) {
    if ((await checkedAt()) !== before) break
    await delay(LOOK_EVERY_MS)
  }
  return (await lineOperations.status(record)).health
}
