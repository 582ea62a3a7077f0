import { taskId } from '../../core/ids.ts'
import { PORTAL_DEFAULTS } from '../../core/portal.ts'
import { isDialogOpen, type Recipient } from '../../core/recipient.ts'
import { readBegunJobs } from '../../db/communications/jobs.ts'
import { noteDialog, readLeadsByChat } from '../../db/communications/leads.ts'
import {
  holdTasks,
  noteTaskSent,
  readDueTasks,
  type Task,
} from '../../db/communications/notification-tasks.ts'
import type { Store } from '../../db/engine/store.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { JobEnd } from './job-end.ts'
import { isCounted } from './job-look.ts'
import type { AfterCommit, HeldLine, LineWork } from './line-run.ts'
import type { Plan } from './plan.ts'
import { type Asked, type BuiltTask, buildTasks } from './task-build.ts'
import { advanceTask, INACCESSIBLE, NOT_BUILT } from './task-end.ts'

export interface TaskWorkDeps {
  readonly store: Store
  readonly sandbox: Sandbox
  readonly end: JobEnd
  /** Can the line's channel send templates? */
  takesTemplates(connector: string): boolean
}

/** The body of each may have a megabyte. */
const MAX_TASKS = 50
/** How long a task waits for a line that was disconnected since it was accepted. */
const UNCONNECTED_FOR_MS = 60_000
/** The outbox has ended every message by then. */
const UNHEARD_FOR_MS = 25 * 3600 * 1000

/**
 * Sends notifications that are due: a chat's in the order in which they were asked for, except that one which isn't urgent
 * waits for the end of its dialog.
 */
export class TaskWork implements LineWork {
  readonly #deps: TaskWorkDeps

  constructor(deps: TaskWorkDeps) {
    this.#deps = deps
  }

  async plan(plan: Plan, held: HeldLine): Promise<AfterCommit | undefined> {
    const { store } = this.#deps
    const lineId = held.active.record.id
    const due = await readDueTasks(store, lineId, held.now, MAX_TASKS)
    if (due.length === 0) return undefined
    const chatIds = due.map(({ chatId }) => chatId)
    const leads = await readLeadsByChat(store, lineId, chatIds)
    const given = due.filter((task) => isGivenUp(task, held))
    const open = due.filter((task) => !isGivenUp(task, held))
    for (const task of given) {
      const lead = leads.get(task.chatId)?.lead
      await advanceTask(store, { plan, held }, { task, lead }, INACCESSIBLE)
    }
    if (held.isConnected && open.length > 0) await this.#send(plan, held, open, leads)
    else if (given.length === 0) return undefined
    return () => undefined
  }

  async #send(
    plan: Plan,
    held: HeldLine,
    tasks: readonly Task[],
    leads: ReadonlyMap<string, Recipient>,
  ): Promise<void> {
    const asked: Asked[] = []
    const waiting: Asked[] = []
    for (const task of tasks) {
      const lead = leads.get(task.chatId)
      if (!lead) await advanceTask(this.#deps.store, { plan, held }, { task, lead }, NOT_BUILT)
      else if (!task.isUrgent && isTalking(lead, held)) waiting.push({ task, lead })
      else asked.push({ task, lead })
    }
    wait(plan, waiting)
    await this.#interrupt(
      plan,
      held,
      asked.filter(({ task }) => task.isUrgent),
    )
    await this.#build(plan, held, asked)
  }

  /** Whatever script is under way in these chats ends, and the portal is told if that or a dialog was interrupted. */
  async #interrupt(plan: Plan, held: HeldLine, urgent: readonly Asked[]): Promise<void> {
    const leads = [...new Set(urgent.map(({ lead }) => lead.lead))]
    const begun = await readBegunJobs(this.#deps.store, leads)
    for (const job of begun) {
      const one = { job, isCounted: isCounted(job) }
      this.#deps.end.finish(plan, held, one, { state: 'interrupted' })
    }
    const interrupted = new Set(begun.map(({ lead }) => lead))
    const told = new Set<number>()
    for (const { task, lead } of urgent) {
      const isToTell = interrupted.has(lead.lead) || isTalking(lead, held)
      if (!isToTell || told.has(lead.lead)) continue
      told.add(lead.lead)
      plan.tell({
        type: 'dialog.interrupted',
        at: new Date(held.now).toISOString(),
        chat: { id: task.chatId },
        by: { notification: task.slotId, task: taskId(task.id) },
      })
    }
  }

  async #build(plan: Plan, held: HeldLine, asked: readonly Asked[]): Promise<void> {
    if (asked.length === 0) return
    const { store, sandbox, takesTemplates } = this.#deps
    const { record, portal } = held.active
    const built = await buildTasks(sandbox, asked, {
      now: held.now,
      takesTemplates: takesTemplates(record.connector),
      format: portal.format,
    })
    for (const [at, { task, lead }] of asked.entries()) {
      const one = built[at]
      if (one) enqueue(plan, held, { task, lead, ...one })
      else await advanceTask(store, { plan, held }, { task, lead: lead.lead }, NOT_BUILT)
    }
  }
}

function enqueue(plan: Plan, held: HeldLine, one: Asked & BuiltTask): void {
  const { task, lead, message, context } = one
  const { format } = held.active.portal
  plan.send({
    message: {
      lineId: task.lineId,
      chatId: task.chatId,
      kind: 'send',
      lane: 'bulk',
      payload: JSON.stringify({ message, format, isAwaited: true }),
    },
    link: { lead: lead.lead, taskId: task.id, isCounted: false },
  })
  plan.add(noteTaskSent(task.id, context, held.now + UNHEARD_FOR_MS))
}

/**
 * Nothing was heard of its message, its line has been disconnected for a while, or the channel refuses the line's credentials:
 * until a person has acted there is no use in trying.
 */
function isGivenUp({ context, runAt = 0 }: Task, { active, isConnected, now }: HeldLine): boolean {
  if (context !== undefined || active.record.status === 'failing') return true
  return !isConnected && runAt + UNCONNECTED_FOR_MS <= now
}

/** By what the communications have seen, or, where they have begun to look only now, by what is known of the recipient. */
function isTalking(lead: Recipient, { active, now }: HeldLine): boolean {
  const { dialogIdleMs = PORTAL_DEFAULTS.dialogIdleMs } = active.portal
  return lead.isDialogOpen || isDialogOpen(lead, now, dialogIdleMs)
}

/** They are let go when the dialog is closed, so the communications have to see it as open. */
function wait(plan: Plan, waiting: readonly Asked[]): void {
  plan.add(...holdTasks(waiting.map(({ task }) => task.id)))
  const leads = new Map(waiting.map(({ lead }) => [lead.lead, lead]))
  for (const { lead, isDialogOpen: isSeen, dialogAt: at } of leads.values()) {
    if (!isSeen && at !== undefined) plan.add(noteDialog(lead, { at, hasWritten: false }))
  }
}
