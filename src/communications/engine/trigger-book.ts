import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Recipient } from '../../core/recipient.ts'
import { leadScope } from '../../core/recipient.ts'
import type { Job } from '../../db/communications/jobs.ts'
import { versionsOf } from '../../db/communications/scripts.ts'
import { readEnabledTriggers, readFired, type Trigger } from '../../db/communications/triggers.ts'
import type { Store } from '../../db/engine/store.ts'
import type { Outcome, Sandbox, Task } from '../sandbox/sandbox.ts'
import type { HeldLine } from './line-run.ts'
import type { Plan } from './plan.ts'

/** Something that triggers may wait for. */
export interface Occurrence {
  readonly lead: Recipient
  /** As triggers' scripts see it, with its `type`. */
  readonly event: JsonObject
  /** What it is called in `on`: `message.new`, `text:stop`, `first`. */
  readonly keys: readonly string[]
  readonly params?: JsonObject
  /** How many jobs stand behind it, each of which has caused the next. */
  readonly depth?: number
}

export interface TriggerBookDeps {
  readonly store: Store
  readonly sandbox: Sandbox
}

/** A tag that a script adds may start a trigger whose script adds a tag: so many in a row, and no further. */
export const MAX_CHAIN = 8

/** A trigger that a job is to start. */
export interface AskedTrigger {
  readonly job: Job
  readonly trigger: Trigger
  readonly lead: Recipient
}

interface Candidate {
  readonly trigger: Trigger
  readonly occurrence: Occurrence
}

/** Finds the triggers that what has happened starts, and schedules their jobs. */
export class TriggerBook {
  readonly #deps: TriggerBookDeps

  constructor(deps: TriggerBookDeps) {
    this.#deps = deps
  }

  async fire(plan: Plan, held: HeldLine, occurrences: readonly Occurrence[]): Promise<void> {
    const meant = occurrences.filter(({ depth = 0 }) => depth < MAX_CHAIN)
    if (meant.length === 0) return
    const { record } = held.active
    const triggers = await readEnabledTriggers(this.#deps.store, record.id)
    const candidates = meant.flatMap((occurrence) =>
      triggers
        .filter(({ on }) => occurrence.keys.some((key) => isOneOf(key, on)))
        .map((trigger) => ({ trigger, occurrence })),
    )
    const cool = await this.#withoutWarm(candidates, held.now)
    const started = await this.#meetCondition(cool, held)
    const versions = await versionsOf(
      this.#deps.store,
      started.map(({ trigger }) => trigger.scriptId),
    )
    for (const { trigger, occurrence } of started) {
      const { lead, event, depth = 0 } = occurrence
      plan.schedule({
        lineId: record.id,
        portalId: record.portalId,
        lead: lead.lead,
        kind: 'trigger',
        scriptId: trigger.scriptId,
        ...given({ scriptVersion: versions.get(trigger.scriptId) }),
        triggerId: trigger.id,
        dueAt: held.now,
        params: {},
        event,
        plan: { depth: depth + 1 },
      })
      if (trigger.cooldownSec !== undefined) {
        plan.fire({ triggerId: trigger.id, lead: lead.lead, lineId: record.id })
      }
    }
  }

  /** Which of the jobs may start the trigger that they are of, as if it had happened now: neither its condition nor its pause is against it. */
  async admit(plan: Plan, held: HeldLine, asked: readonly AskedTrigger[]): Promise<Set<number>> {
    const candidates = asked.map(({ job, trigger, lead }) => ({
      ...{ job: job.id, trigger },
      occurrence: { lead, event: { type: 'api' }, keys: ['api'], params: job.params },
    }))
    const cool = await this.#withoutWarm(candidates, held.now)
    const met = await this.#meetCondition(cool, held)
    for (const { trigger, occurrence } of met) {
      if (trigger.cooldownSec === undefined) continue
      const { lead } = occurrence.lead
      plan.fire({ triggerId: trigger.id, lead, lineId: held.active.record.id })
    }
    return new Set(met.map(({ job }) => job))
  }

  /** Without those that were started for the recipient a short while ago, or a moment ago in this very look. */
  async #withoutWarm<C extends Candidate>(candidates: readonly C[], now: number): Promise<C[]> {
    const timed = candidates.filter(({ trigger }) => trigger.cooldownSec !== undefined)
    const firedAt = await readFired(
      this.#deps.store,
      [...new Set(timed.map(({ trigger }) => trigger.id))],
      [...new Set(timed.map(({ occurrence }) => occurrence.lead.lead))],
    )
    return candidates.filter(({ trigger, occurrence }) => {
      if (trigger.cooldownSec === undefined) return true
      const at = firedAt.get(`${trigger.id}:${occurrence.lead.lead}`)
      return at === undefined || at + trigger.cooldownSec * 1000 <= now
    })
  }

  /** A condition that fails by itself holds for nobody. Of a trigger that cools down one start per recipient and look is enough. */
  async #meetCondition<C extends Candidate>(
    candidates: readonly C[],
    { now }: HeldLine,
  ): Promise<C[]> {
    const tasks = candidates.flatMap(({ trigger, occurrence }): Task[] =>
      trigger.condition === undefined
        ? []
        : [
            {
              kind: 'condition',
              code: trigger.condition,
              scope: {
                lead: leadScope(occurrence.lead),
                params: occurrence.params ?? {},
                event: occurrence.event,
                now,
              },
            },
          ],
    )
    const outcomes = tasks.length > 0 ? [...(await this.#deps.sandbox.run(tasks))] : []
    const started = new Set<string>()
    return candidates.filter(({ trigger, occurrence }) => {
      if (trigger.condition !== undefined && !isTrue(outcomes.shift())) return false
      if (trigger.cooldownSec === undefined) return true
      const name = `${trigger.id}:${occurrence.lead.lead}`
      if (started.has(name)) return false
      started.add(name)
      return true
    })
  }
}

function isTrue(outcome: Outcome | undefined): boolean {
  return outcome?.ok === true && outcome.value === true
}

/** Words are compared without case and the spaces around them. */
function isOneOf(key: string, on: readonly string[]): boolean {
  if (!key.startsWith('text:')) return on.includes(key)
  return on.some(
    (one) => one.startsWith('text:') && `text:${one.slice(5).trim().toLowerCase()}` === key,
  )
}
