import { systemClock } from '../core/clock.ts'
import type { HealthAction } from '../core/health.ts'
import type { Store } from '../db/engine/store.ts'
import { readSubjects } from '../db/health/subjects.ts'
import { findUnwell } from '../db/health/unwell.ts'
import type { HealthObject } from '../health/health.ts'
import { healthNow } from '../lines/health-now.ts'
import { escapeControls } from './printable.ts'

/** For operators; administrators read the message, in their portal's language. */
const TO_DO: Readonly<Record<HealthAction, string>> = {
  credentials: 'enter valid credentials in the portal and test the connection there',
  reconnect: 'test the connection in the portal',
  permissions: 'grant the permission at the channel, then test the connection in the portal',
  channel: "look at the account in the channel's own settings",
  portal: "see to the portal: its address, its server's log",
  none: 'nothing: it passes by itself',
}

/** In one word or two: `ok`, `broken token_refused`. */
export function nameHealth({ state, code }: HealthObject): string {
  return code === undefined ? state : `${state} ${code}`
}

/** What is wrong and what is to be done, some lines of text. */
export function explainHealth(health: HealthObject): string {
  const { message, action, since, checkedAt } = health
  return [
    `health   ${nameHealth(health)} since ${since}`,
    `checked  ${checkedAt ?? 'never'}`,
    ...(message === undefined ? [] : [`         ${escapeControls(message)}`]),
    ...(action === undefined ? [] : [`to do    ${TO_DO[action]}`]),
  ].join('\n')
}

export interface UnwellLine {
  /** `portal/connector/line` */
  readonly line: string
  readonly health: HealthObject
  readonly toDo: string
}

/** Lines that somebody should look at, the worst first, and how many there are in all. */
export async function listUnwell(
  store: Store,
  limit: number,
): Promise<{ broken: number; degraded: number; lines: UnwellLine[] }> {
  const { broken, degraded, lineIds } = await findUnwell(store, limit)
  const subjects = await readSubjects(store, lineIds)
  const lines = lineIds.flatMap((id) => {
    const subject = subjects.get(id)
    if (!subject) return []
    const health = healthNow(subject, subject, systemClock.now())
    const line = `${subject.portalId}/${subject.connector}/${subject.externalId}`
    return [{ line, health, toDo: TO_DO[health.action ?? 'none'] }]
  })
  return { broken, degraded, lines }
}
