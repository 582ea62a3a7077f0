import { isRecord } from '../../core/json.ts'
import type { Portal } from '../../core/portal.ts'
import { callOwnMethod } from './connector-method.ts'
import { disconnect } from './disconnect.ts'
import { getMessageStatus } from './get-message-status.ts'
import { listConnectors } from './list-connectors.ts'
import { listLines } from './list-lines.ts'
import type { Method, MethodServices } from './method.ts'
import { ping } from './ping.ts'
import { markRead, sendTyping } from './presence.ts'
import {
  confirmDelivery,
  deleteDeadLetters,
  listDeadLetters,
  replayDeadLetters,
  retryNow,
} from './queue.ts'
import { rotateSecret } from './rotate-secret.ts'
import { saveSettings } from './save-settings.ts'
import { deleteMessage, sendMessage, updateMessage } from './send-message.ts'
import { getSettings, getStatus } from './settings-and-status.ts'
import { testConnect } from './test-connect.ts'

/** The standard methods (PROTOCOL §4). A new one is a file and a line here. */
const STANDARD: readonly Method[] = [
  ping,
  listConnectors,
  listLines,
  saveSettings,
  testConnect,
  getSettings,
  getStatus,
  disconnect,
  sendMessage,
  updateMessage,
  deleteMessage,
  sendTyping,
  markRead,
  getMessageStatus,
  confirmDelivery,
  retryNow,
  listDeadLetters,
  replayDeadLetters,
  deleteDeadLetters,
  rotateSecret,
]

/** Finds and runs remote methods: the standard ones, else those of the connector that is named in the params. */
export class MethodTable {
  readonly #services: MethodServices
  readonly #methods = new Map(STANDARD.map((method) => [method.name, method]))

  constructor(services: MethodServices) {
    this.#services = services
  }

  isQueueing(name: string): boolean {
    return this.#methods.get(name)?.isQueueing === true
  }

  /** Throws UnknownMethodError and whatever the method throws (methods/method.ts). */
  async call(portal: Portal, name: string, params: unknown): Promise<unknown> {
    const call = { ...this.#services, portal }
    const standard = this.#methods.get(name)
    if (standard) return await standard.run(params, call)
    return await callOwnMethod(name, isRecord(params) ? params : {}, call)
  }
}
