import { setTimeout as sleep } from 'node:timers/promises'
import type { HubSlot } from './hubs.ts'
import type { Stage } from './stage.ts'

/** A process that was stopped notices within its next beats that it was declared dead. */
const NOTICE_MS = 4000

/**
 * Called when a stopped hub goes on: whatever it posts between then and the moment it knows that its lease is gone would
 * be a delivery by a process that holds nothing.
 */
export async function checkFencing(
  stage: Stage,
  hub: HubSlot,
  frozenAt: number,
  resumedAt: number,
): Promise<void> {
  const end = stage.ledger.record()
  await sleep(NOTICE_MS)
  const visits = new Map(end().map((visit) => [visit.packetId, visit]))
  const log = hub.readLog().filter((entry) => Date.parse(String(entry['time'])) >= resumedAt)
  const lost = log.find(({ event }) => event === 'heartbeat.lost')
  if (!lost) return
  const lostAt = Date.parse(String(lost['time']))
  for (const { event, packet } of log) {
    const visit = event === 'delivery.attempted' ? visits.get(String(packet)) : undefined
    if (!visit || visit.beganAt < resumedAt || visit.beganAt >= lostAt) continue
    // A packet that a bad network held back was sent before the stop.
    if (stage.portalOf(visit.line).calmSince > frozenAt) continue
    stage.ledger.violation(
      `${hub.name} was stopped, lost its lease and posted ${visit.packetId} of line ${visit.line} all the same`,
    )
  }
}
