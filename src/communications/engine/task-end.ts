import { given } from '../../core/given.ts'
import { taskId } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import {
  moveTask,
  type Task,
  type TaskResult,
  type TaskState,
} from '../../db/communications/notification-tasks.ts'
import { findScript } from '../../db/communications/scripts.ts'
import type { Store } from '../../db/engine/store.ts'
import type { HeldLine } from './line-run.ts'
import type { Plan } from './plan.ts'

export interface TaskMove {
  readonly state: Exclude<TaskState, 'queued'>
  readonly result: TaskResult
}

const SCRIPT_OF = {
  delivered: 'onSuccess',
  failed: 'onFail',
  no_account: 'onNoAccount',
} as const satisfies Partial<Record<TaskState, string>>

/**
 * Brings a task further: its row, the portal's event, and at an end the script that its slot names for it. A script that was
 * deleted since is left out. `lead`: the recipient's number.
 */
export async function advanceTask(
  store: Store,
  { plan, held }: { readonly plan: Plan; readonly held: HeldLine },
  { task, lead }: { readonly task: Task; readonly lead: number | undefined },
  { state, result }: TaskMove,
): Promise<void> {
  const { now } = held
  plan.add(moveTask({ id: task.id, state, result }, now))
  plan.tell({
    type: 'notification.result',
    at: new Date(now).toISOString(),
    task: taskId(task.id),
    notification: task.slotId,
    chat: { id: task.chatId },
    ...{ state, result },
  })
  const ref = state === 'sent' ? undefined : task.config[SCRIPT_OF[state]]
  const script = ref === undefined ? undefined : await findScript(store, task.lineId, ref)
  if (!script?.code || lead === undefined) return
  const outcome = { task: taskId(task.id), notification: task.slotId, state, result: { ...result } }
  const params: JsonObject = { ...task.context, ...(outcome as unknown as JsonObject) }
  const { lineId, portalId } = task
  const what = { kind: 'script', scriptId: script.id } as const
  plan.schedule({ lineId, portalId, ...given({ lead }), ...what, dueAt: now, params, plan: {} })
}

export const NOT_BUILT: TaskMove = {
  state: 'failed',
  result: { description: 'failed to build request' },
}
export const INACCESSIBLE: TaskMove = {
  state: 'failed',
  result: { description: 'channel inaccessible' },
}
