import { PORTAL_DEFAULTS } from '../../core/portal.ts'
import { closeDialogs, readIdleDialogs } from '../../db/communications/leads.ts'
import type { Store } from '../../db/engine/store.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { dialogEvent, type TaskWatcher } from './event-work.ts'
import type { AfterCommit, HeldLine, LineWork } from './line-run.ts'
import type { Plan } from './plan.ts'
import { TriggerBook } from './trigger-book.ts'

export interface DialogWorkDeps {
  readonly store: Store
  readonly sandbox: Sandbox
  readonly tasks: TaskWatcher
}

const MAX_DIALOGS = 200

/** Closes dialogs in which nobody has written for a while. */
export class DialogWork implements LineWork {
  readonly #deps: DialogWorkDeps
  readonly #triggers: TriggerBook

  constructor(deps: DialogWorkDeps) {
    this.#deps = deps
    this.#triggers = new TriggerBook(deps)
  }

  async plan(plan: Plan, held: HeldLine): Promise<AfterCommit | undefined> {
    const { record, portal } = held.active
    const before = held.now - (portal.dialogIdleMs ?? PORTAL_DEFAULTS.dialogIdleMs)
    const idle = await readIdleDialogs(this.#deps.store, record.id, before, MAX_DIALOGS)
    if (idle.length === 0) return undefined
    plan.add(...closeDialogs(idle.map(({ lead }) => lead)))
    await this.#triggers.fire(
      plan,
      held,
      idle.map((lead) => {
        const { type, payload } = dialogEvent('dialog.closed', lead, held.now)
        return { lead, event: { type, ...payload }, keys: ['dialog.closed'] }
      }),
    )
    await this.#deps.tasks.took(
      plan,
      held,
      idle.map((lead) => ({ kind: 'closed', lead })),
    )
    return () => undefined
  }
}
