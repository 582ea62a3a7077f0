import { HubError } from '../../core/errors.ts'
import { isRecord } from '../../core/json.ts'
import type { Portal } from '../../core/portal.ts'
import type { SharedPool } from '../../core/shared-pool.ts'
import { BROADCAST_METHODS } from './broadcasts.ts'
import { checkLine } from './check-line.ts'
import { callOwnMethod } from './connector-method.ts'
import { createConsoleLink } from './create-console-link.ts'
import { disconnect } from './disconnect.ts'
import { findMessage } from './find-message.ts'
import { getMessageStatus } from './get-message-status.ts'
import { JOB_METHODS } from './jobs.ts'
import { listConnectors } from './list-connectors.ts'
import { listLines } from './list-lines.ts'
import type { Method, MethodServices } from './method.ts'
import { NOTIFICATION_METHODS } from './notifications.ts'
import { ping } from './ping.ts'
import { markRead, sendTyping } from './presence.ts'
import {
  confirmDelivery,
  deleteDeadLetters,
  listDeadLetters,
  replayDeadLetters,
  retryNow,
} from './queue.ts'
import { RECIPIENT_METHODS } from './recipients.ts'
import { rotateSecret } from './rotate-secret.ts'
import { saveSettings } from './save-settings.ts'
import { SCRIPT_METHODS } from './scripts.ts'
import { deleteMessage, sendMessage, updateMessage } from './send-message.ts'
import { getSettings, getStatus } from './settings-and-status.ts'
import { testConnect } from './test-connect.ts'
import { getTrace, startTrace, stopTrace } from './trace.ts'

/** The standard methods (PROTOCOL §4). A new one is a file and a line here. */
export const STANDARD: readonly Method[] = [
  ping,
  listConnectors,
  listLines,
  saveSettings,
  testConnect,
  getSettings,
  getStatus,
  checkLine,
  disconnect,
  sendMessage,
  updateMessage,
  deleteMessage,
  sendTyping,
  markRead,
  getMessageStatus,
  findMessage,
  confirmDelivery,
  retryNow,
  listDeadLetters,
  replayDeadLetters,
  deleteDeadLetters,
  rotateSecret,
  createConsoleLink,
  startTrace,
  stopTrace,
  getTrace,
  ...RECIPIENT_METHODS,
  ...SCRIPT_METHODS,
  ...JOB_METHODS,
  ...BROADCAST_METHODS,
  ...NOTIFICATION_METHODS,
]

/** Longer than any line's name with its connector's. */
const MAX_NAME = 160

/** Those of the standard that wait for the line's channel, as all of a connector's own do. */
const WAITING: ReadonlySet<string> = new Set([
  'testConnect',
  'checkLine',
  'disconnect',
  'sendTyping',
  'markRead',
])

/** Finds and runs remote methods: the standard ones, else those of the connector that is named in the params. */
export class MethodTable {
  readonly #services: MethodServices
  readonly #channelCalls: SharedPool
  readonly #methods = new Map(STANDARD.map((method) => [method.name, method]))

  /** Of `channelCalls` every call takes a place that waits for a channel. */
  constructor(services: MethodServices, channelCalls: SharedPool) {
    this.#services = services
    this.#channelCalls = channelCalls
  }

  isQueueing(name: string): boolean {
    return this.#methods.get(name)?.isQueueing === true
  }

  /** Throws UnknownMethodError and whatever the method throws (methods/method.ts). */
  async call(portal: Portal, name: string, params: unknown): Promise<unknown> {
    const call = { ...this.#services, portal }
    const standard = this.#methods.get(name)
    if (standard && !WAITING.has(name)) return await standard.run(params, call)
    const own = isRecord(params) ? params : {}
    const line = `${own['connector']}/${own['line']}`.slice(0, MAX_NAME)
    if (!this.#channelCalls.tryTake(portal.id, line)) {
      throw new HubError('HUB_LIMIT', 'too many calls wait for channels, call again in a moment')
    }
    try {
      return await (standard?.run(params, call) ?? callOwnMethod(name, own, call))
    } finally {
      this.#channelCalls.giveBack(portal.id, line)
    }
  }
}
