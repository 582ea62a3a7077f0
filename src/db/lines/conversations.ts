import { HubError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { MAX_CHAT_ID_LENGTH, MAX_CONTEXT_BYTES } from '../../core/line.ts'
import { onDuplicateSet } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'

/** The table `conversation`: what a channel wants back with every message to a chat. */
export class ConversationRepository {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async find(lineId: number, chatId: string): Promise<JsonObject | undefined> {
    return await this.#first('WHERE line_id = ? AND chat_id = ?', [lineId, chatId])
  }

  /** That of the chat that wrote last. */
  async latest(lineId: number): Promise<JsonObject | undefined> {
    return await this.#first('WHERE line_id = ? ORDER BY updated_at DESC LIMIT 1', [lineId])
  }

  /** Throws HubError for what is too long to be kept. */
  async remember(lineId: number, chatId: string, context: JsonObject, now: number): Promise<void> {
    const json = JSON.stringify(context)
    if (chatId.length > MAX_CHAT_ID_LENGTH || Buffer.byteLength(json) > MAX_CONTEXT_BYTES) {
      throw new HubError('HUB_LIMIT', 'what the channel tells of this chat is too long to be kept')
    }
    await this.#store.run(
      `INSERT INTO conversation (line_id, chat_id, context, updated_at) VALUES (?, ?, ?, ?)
       ${onDuplicateSet(this.#store, 'line_id, chat_id', ['context', 'updated_at'])}`,
      [lineId, chatId, json, now],
    )
  }

  async #first(where: string, bindings: readonly unknown[]): Promise<JsonObject | undefined> {
    const [row] = await this.#store.rows<{ context: string }>(
      `SELECT context FROM conversation ${where}`,
      bindings,
    )
    return row && (JSON.parse(row.context) as JsonObject)
  }
}
