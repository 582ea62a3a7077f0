import { timingSafeEqual } from 'node:crypto'
import { given } from '../../core/given.ts'
import { parseTaskId, taskId } from '../../core/ids.ts'
import { toJson } from '../../core/json.ts'
import type { LineStatus } from '../../core/line.ts'
import { PORTAL_DEFAULTS, type Portal } from '../../core/portal.ts'
import type { RateLimit } from '../../core/rate-limit.ts'
import { jsonReply, type RouteReply, type RouteRequest } from '../../core/route.ts'
import type { AcceptOutcome, NewTask } from '../../db/communications/accept-tasks.ts'
import { findChatOfPhone } from '../../db/communications/leads.ts'
import { followLine } from '../../db/communications/lines.ts'
import { type CalledSlot, findCalledSlot } from '../../db/communications/notification-slots.ts'
import { findTask } from '../../db/communications/notification-tasks.ts'
import type { Store } from '../../db/engine/store.ts'
import { hasJsonType, KEY_REUSED, readJson, readKey } from './json-body.ts'
import { type Addressed, readAddress, readChat, readUrgent } from './notification-request.ts'

export interface NotificationDoorDeps {
  readonly store: Store
  readonly rate: RateLimit
  readonly tasks: { accept(task: NewTask): Promise<AcceptOutcome> }
  findPortal(id: string): Promise<Portal | undefined>
  /** Of channels that know people by their phone numbers: the chat of a number. */
  chatOfPhone(connector: string, portal: Portal): ((digits: string) => string) | undefined
}

const ANSWERS = {
  unknown: [404, 'Notification not found'],
  noRecipient: [400, 'Recipient ID not found or invalid.'],
  noChannel: [404, 'There is no active channel for received event'],
  tooMany: [429, 'Too many requests'],
  method: [405, 'Method not allowed'],
  type: [400, 'Content-Type must be application/json'],
  json: [400, 'The body is not JSON'],
  urgent: [400, 'is_urgent must be true or false.'],
  keyReused: [409, `Idempotency-Key ${KEY_REUSED}.`],
  noTask: [404, 'Task not found'],
} as const

/** Where other systems ask for notifications, each at the address of its slot. */
export class NotificationDoor {
  readonly #deps: NotificationDoorDeps

  constructor(deps: NotificationDoorDeps) {
    this.#deps = deps
  }

  /** `POST /notification/<id>::<hash>/chat`. The order of its refusals is the contract's. */
  async take(request: RouteRequest): Promise<RouteReply> {
    const { rate, chatOfPhone } = this.#deps
    const called = await this.#find(request)
    if (called) {
      const { portal } = called
      const limit = portal.notificationRate ?? PORTAL_DEFAULTS.notificationRate
      const waitSec = rate.take(portal.id, limit)
      if (waitSec > 0) return say('tooMany', { 'retry-after': String(waitSec) })
    }
    if (request.method !== 'POST') return say('method', { allow: 'POST' })
    if (!hasJsonType(request)) return say('type')
    const json = readJson(await request.body())
    if (!json) return say('json')
    if (!called) return say('unknown')
    const { slot, portal } = called
    const read = readChat(json.value, chatOfPhone(slot.config.destination.connector, portal))
    if (!read) return say('noRecipient')
    const { body } = read
    const isUrgent = readUrgent(body)
    if (isUrgent === undefined) return say('urgent')
    const { key, problem } = readKey(request)
    if (problem !== undefined) return jsonReply(400, { status: `Idempotency-Key ${problem}.` })
    if (!isActive(slot.line?.status)) return say('noChannel')
    const chatId = await this.#chatOf(slot, read)
    const asked = { chatId, isUrgent, request: toJson(body), ...given({ key }) }
    return await this.#accept(slot, asked)
  }

  async #chatOf({ lineId }: CalledSlot, { chatId, phone }: Addressed): Promise<string> {
    if (phone === undefined) return chatId
    return (await findChatOfPhone(this.#deps.store, lineId, { chatId, phone })) ?? chatId
  }

  async #accept(
    slot: CalledSlot,
    asked: Pick<NewTask, 'chatId' | 'isUrgent' | 'request' | 'key'>,
  ): Promise<RouteReply> {
    const { store, tasks } = this.#deps
    const { id: slotId, lineId, portalId } = slot
    if (!slot.isFollowed) await followLine(store, { lineId, portalId })
    const config = JSON.stringify(slot.config)
    const outcome = await tasks.accept({ slotId, lineId, portalId, config, ...asked })
    if (outcome.kind === 'key-reused') return say('keyReused')
    if (outcome.kind === 'gone') return say('noChannel')
    return jsonReply(200, { status: 'Accepted for execution', task_id: taskId(outcome.id) })
  }

  /** `GET /notification/<id>::<hash>/tasks/<task>`: how far it is. */
  async show(request: RouteRequest): Promise<RouteReply> {
    const called = await this.#find(request)
    if (!called) return say('unknown')
    const id = parseTaskId(request.params['taskId'] ?? '')
    const slotId = called.slot.id
    const task = id === undefined ? undefined : await findTask(this.#deps.store, { id, slotId })
    if (!task) return say('noTask')
    return jsonReply(200, {
      task: taskId(task.id),
      notification: slotId,
      chat: { id: task.chatId },
      state: task.state,
      result: task.result ?? null,
    })
  }

  /** A wrong id takes as long as a wrong hash. Nothing is remembered: an address that was changed is nobody's at once. */
  async #find({
    params,
  }: RouteRequest): Promise<{ readonly slot: CalledSlot; readonly portal: Portal } | undefined> {
    const { id, hash } = readAddress(params['address'])
    const slot = await findCalledSlot(this.#deps.store, id)
    const isRight = isSame(slot?.hash ?? NO_HASH, hash)
    if (!slot || !isRight) return undefined
    const portal = await this.#deps.findPortal(slot.portalId)
    return portal && portal.switchedOff === undefined ? { slot, portal } : undefined
  }
}

const NO_HASH = '-'.repeat(32)

function isSame(known: string, told: string): boolean {
  const padded = told.padEnd(known.length).slice(0, known.length)
  return timingSafeEqual(Buffer.from(known), Buffer.from(padded))
}

/** While a channel refuses the line's credentials nothing goes out to it. */
function isActive(status: LineStatus | undefined): boolean {
  return status === 'connected'
}

function say(
  answer: keyof typeof ANSWERS,
  headers: Readonly<Record<string, string>> = {},
): RouteReply {
  const [code, status] = ANSWERS[answer]
  const reply = jsonReply(code, { status })
  return { ...reply, headers: { ...reply.headers, ...headers } }
}
