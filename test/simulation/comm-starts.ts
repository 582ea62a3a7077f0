import {
  type Facts,
  leadOf,
  PLAN_AGE_MS,
  SKEW_MS,
  type TriggerFacts,
  textOf,
} from './comm-facts.ts'
import type { CommChanges, CommEventRow, JobRow } from './comm-rows.ts'
import { Violation } from './invariants.ts'

/** Looks at what triggers start. */
export class StartBooks {
  readonly #fired = new Map<string, number>()
  readonly #facts: Facts
  readonly #isTimeSteady: boolean

  constructor(facts: Facts, isTimeSteady: boolean) {
    this.#facts = facts
    this.#isTimeSteady = isTimeSteady
  }

  /** Each event starts each trigger that waits for it, once. */
  check({ gone, jobs }: CommChanges, isNew: ReadonlySet<number>, now: number): void {
    const started = jobs.filter(({ row }) => isNew.has(row.id) && row.event !== null)
    for (const { row } of started) this.#checkCooldown(row, now)
    for (const alike of Map.groupBy(gone, (event) => this.#nameOf(event)).values()) {
      const [event] = alike
      const lead = event && leadOf(this.#facts, event)
      if (!event || lead === undefined) continue
      const by = started.flatMap(({ row }) => (row.lead === lead && isBy(row, event) ? [row] : []))
      this.#checkAlike(alike, event, by, now)
    }
  }

  #checkAlike(
    alike: readonly CommEventRow[],
    event: CommEventRow,
    started: readonly JobRow[],
    now: number,
  ): void {
    for (const trigger of this.#facts.triggersOf(event.lineId)) {
      if (trigger.since > now - PLAN_AGE_MS || !isPlain(trigger)) continue
      const wanted = trigger.isEnabled ? countKeys(trigger.on, event) * alike.length : 0
      const found = started.filter(({ triggerId }) => triggerId === trigger.id).length
      if (wanted === found) continue
      const what = `${alike.length} ${event.type} ${event.payload}`
      throw new Violation(`trigger ${trigger.id} was started ${found} times by ${what}`)
    }
  }

  /** Events that a trigger's jobs can't be told apart by. */
  #nameOf(event: CommEventRow): string {
    return `${event.lineId}:${event.chatId}:${event.type}:${textOf(event)}:${tagsOf(event.payload)}`
  }

  /** A trigger's job is due when the event was looked at: that is what the pause counts from. */
  #checkCooldown({ triggerId, lead, lineId, dueAt }: JobRow, now: number): void {
    const trigger = this.#facts.triggersOf(lineId).find(({ id }) => id === triggerId)
    if (trigger?.cooldownSec === undefined || trigger.since > now - PLAN_AGE_MS) return
    const name = `${triggerId}:${lead}`
    const last = this.#fired.get(name)
    this.#fired.set(name, dueAt)
    if (last === undefined || !this.#isTimeSteady) return
    if (dueAt - last < trigger.cooldownSec * 1000 - SKEW_MS) {
      throw new Violation(`trigger ${triggerId} was started again after ${dueAt - last} ms`)
    }
  }
}

/** Whether it starts can be told from the event alone. */
function isPlain({ isConditional, cooldownSec, on }: TriggerFacts): boolean {
  return !isConditional && cooldownSec === undefined && !on.includes('first')
}

/** How often an event starts a trigger, as far as that can be seen from the event alone. */
function countKeys(on: readonly string[], event: CommEventRow): number {
  if (event.type === 'message.new') {
    const word = textOf(event).trim().toLowerCase()
    return on.includes('message.new') || on.includes(`text:${word}`) ? 1 : 0
  }
  if (event.type !== 'tag.added') return 0
  const { tags } = JSON.parse(event.payload) as { tags: string[] }
  return tags.filter((tag) => on.includes(`tag:${tag}`)).length
}

function isBy(row: JobRow, event: CommEventRow): boolean {
  const by = JSON.parse(row.event ?? '{}') as { type?: string; message?: { text?: string } }
  const isSameText = (by.message?.text ?? '') === textOf(event)
  return by.type === event.type && isSameText && tagsOf(row.event ?? '{}') === tagsOf(event.payload)
}

function tagsOf(payload: string): string {
  return (JSON.parse(payload) as { tags?: string[] }).tags?.join() ?? ''
}
