import type { JsonObject } from '../../core/json.ts'
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

  async remember(lineId: number, chatId: string, context: JsonObject, now: number): Promise<void> {
    await this.#store.run(
      `INSERT INTO conversation (line_id, chat_id, context, updated_at) VALUES (?, ?, ?, ?)
       ${onDuplicateSet(this.#store, 'line_id, chat_id', ['context', 'updated_at'])}`,
      [lineId, chatId, JSON.stringify(context), now],
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
