import type { OutboundStatus } from '../../core/event.ts'
import type { CommEvent } from '../../db/communications/events.ts'
import {
  letTasksGo,
  readSentTasks,
  readTasks,
  type Task,
} from '../../db/communications/notification-tasks.ts'
import type { Store } from '../../db/engine/store.ts'
import type { Happening, TaskWatcher } from './event-work.ts'
import type { HeldLine } from './line-run.ts'
import { asObject, type Plan } from './plan.ts'
import { advanceTask, INACCESSIBLE, type TaskMove } from './task-end.ts'

/** Codes of the hub's own that say that the channel could not be had. */
const AWAY: ReadonlySet<string> = new Set([
  'HUB_CHANNEL_UNREACHABLE',
  'HUB_TRANSPORT',
  'HUB_EXPIRED',
  'HUB_LINE_NOT_CONNECTED',
])

/** Follows what becomes of the notifications that were sent. */
export class TaskWatch implements TaskWatcher {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async took(plan: Plan, held: HeldLine, happenings: readonly Happening[]): Promise<void> {
    const lineId = held.active.record.id
    const tasks = await this.#read(lineId, happenings)
    for (const one of happenings) {
      if (one.kind === 'closed') plan.add(...letTasksGo(lineId, [one.lead.chatId], held.now))
      for (const { task, lead, move } of movesBy(one, tasks)) {
        tasks.set(task.id, { ...task, state: move.state })
        await advanceTask(this.#store, { plan, held }, { task, lead }, move)
      }
    }
  }

  async #read(lineId: number, happenings: readonly Happening[]): Promise<Map<number, Task>> {
    const ids = happenings.flatMap((one) =>
      one.kind === 'status' && one.message.taskId !== undefined ? [one.message.taskId] : [],
    )
    const chats = happenings.flatMap((one) => (one.kind === 'wrote' ? [one.lead.chatId] : []))
    const found = [
      ...(await readSentTasks(this.#store, lineId, [...new Set(chats)])),
      ...(await readTasks(this.#store, [...new Set(ids)])),
    ]
    return new Map(found.map((task) => [task.id, task]))
  }
}

interface Moved {
  readonly task: Task
  readonly lead: number
  readonly move: TaskMove
}

const DELIVERED: TaskMove = {
  state: 'delivered',
  result: { description: 'success', channel_response: null },
}

function movesBy(one: Happening, tasks: ReadonlyMap<number, Task>): Moved[] {
  if (one.kind === 'closed') return []
  if (one.kind === 'status') {
    const task = tasks.get(one.message.taskId ?? 0)
    const move = task && moveBy(task, one.event)
    return move ? [{ task, lead: one.message.lead, move }] : []
  }
  const { chatId, lead } = one.lead
  return [...tasks.values()]
    .filter((task) => task.state === 'sent' && task.chatId === chatId)
    .map((task) => ({ task, lead, move: DELIVERED }))
}

/** Undefined: it is none for this task, or it has ended. */
function moveBy({ state }: Task, event: CommEvent): TaskMove | undefined {
  const status = event.payload['status'] as OutboundStatus
  const channel_response = event.note?.['channel_response'] ?? null
  if (state === 'queued') return moveOfSend(event, status, channel_response)
  if (state !== 'sent') return undefined
  switch (status) {
    case 'sent':
      // The channel's own word; the hub's was that its answer said so.
      return event.type === 'message.confirmed' ? DELIVERED : undefined
    case 'delivered':
    case 'read':
      return DELIVERED
    case 'noAccount':
      return noAccount(wordsOf(event))
    case 'failed':
      return {
        state: 'failed',
        result: {
          description: "channel couldn't sent message",
          channel_response: wordsOf(event),
        },
      }
  }
}

function moveOfSend(
  event: CommEvent,
  status: OutboundStatus,
  channel_response: unknown,
): TaskMove | undefined {
  switch (status) {
    case 'sent':
      return {
        state: 'sent',
        result: { description: 'received by channel', channel_response },
      }
    case 'delivered':
    case 'read':
      return DELIVERED
    case 'noAccount':
      return noAccount(channel_response)
    case 'failed': {
      const code = String(asObject(event.payload['error'])['code'] ?? '')
      if (AWAY.has(code)) return INACCESSIBLE
      return {
        state: 'failed',
        result: { description: `channel error ${code}`, channel_response },
      }
    }
  }
}

function noAccount(channel_response: unknown): TaskMove {
  return { state: 'no_account', result: { description: 'no account', channel_response } }
}

/** What a later status says of a failure; null if it says nothing. */
function wordsOf({ payload }: CommEvent): unknown {
  return asObject(payload['error'])['message'] ?? null
}
