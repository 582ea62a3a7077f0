import { BoundedMap } from '#core/bounded-map.ts'
import { DeliveryError } from '#core/errors.ts'
import type { HttpReply, RawRequest } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { readJsonObject } from '#kit/json-answer.ts'
import { callApi, type Outside } from './client.ts'
import type { VkSettings } from './settings.ts'

/** A confirmation is a short event; nothing longer is looked into. */
const LONGEST_CONFIRMATION = 1024
/** VK waits for the hub's answer while the hub asks it for the code. */
const CODE_TIMEOUT_MS = 5000
/** Anybody can ask an address to confirm itself; VK is asked for a line's code no more often than this. */
const ASK_EVERY_MS = 60_000
const MAX_LINES = 10_000

interface Asked {
  readonly at: number
  readonly reply: Promise<HttpReply>
}

/**
 * Answers `{"type":"confirmation"}`, with which VK tries an address while `addCallbackServer` runs. The code changes from
 * time to time and with every change of a server, so VK is asked for it anew.
 */
export class Confirmation {
  readonly #outside: Outside
  readonly #asked = new BoundedMap<number, Asked>(MAX_LINES)

  constructor(outside: Outside) {
    this.#outside = outside
  }

  /** The line's servers are about to change, and the code with them: the next confirmation asks at once. */
  expect(lineId: number): void {
    this.#asked.delete(lineId)
  }

  /** Undefined when it is no confirmation for this line. Throws TransportError. */
  async answer(
    { method, body }: RawRequest,
    { id, settings }: Line<VkSettings>,
  ): Promise<HttpReply | undefined> {
    if (method !== 'POST' || body.length > LONGEST_CONFIRMATION) return undefined
    if (!body.includes('"confirmation"')) return undefined
    const event = readJsonObject(body)
    if (event?.['type'] !== 'confirmation') return undefined
    if (String(event['group_id']) !== settings.groupId) return undefined
    return await this.#replyOf(id, settings)
  }

  #replyOf(lineId: number, settings: VkSettings): Promise<HttpReply> {
    const now = this.#outside.clock.now()
    const known = this.#asked.get(lineId)
    if (known && now - known.at < ASK_EVERY_MS) return known.reply
    const reply = readReply(this.#outside, settings)
    this.#asked.set(lineId, { at: now, reply })
    return reply
  }
}

async function readReply(outside: Outside, settings: VkSettings): Promise<HttpReply> {
  try {
    return { status: 200, body: await readCode(outside, settings) }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    return { status: 503, body: '' }
  }
}

/** What VK expects from the community's webhook. Throws DeliveryError, TransportError. */
async function readCode(outside: Outside, settings: VkSettings): Promise<string> {
  const ask = {
    method: 'groups.getCallbackConfirmationCode',
    params: { group_id: settings.groupId },
  }
  const answer = await callApi(outside, settings, ask, { timeoutMs: CODE_TIMEOUT_MS })
  return isRecord(answer) ? String(answer['code'] ?? '') : ''
}
