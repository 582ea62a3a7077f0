import { outId } from '../../src/core/ids.ts'
import { prepareAppend } from '../../src/db/inbox/append.ts'
import type { CommProcess } from './comm-process.ts'
import type { Town } from './comm-town.ts'
import type { Random } from './random.ts'
import type { SimTime } from './sim-clock.ts'

export interface ChannelledWorld {
  readonly time: SimTime
  readonly random: Random
  readonly town: Town
  /** How often the channel takes what waits. */
  readonly settleEveryMs: number
  anyServing(): CommProcess | undefined
}

interface Row {
  readonly line_id: number
  readonly seq: number
  readonly chat_id: string
  readonly state: string
}

const NEXT = {
  queued: ['sent', 'sent', 'sent', 'failed'],
  sent: ['delivered', 'failed'],
  delivered: ['read'],
}

/** In the place of the sender and the channel: settles messages, and tells of them as a settlement does. */
export class CommChannel {
  readonly #world: ChannelledWorld
  readonly #asked = new Set<CommProcess>()

  constructor(world: ChannelledWorld) {
    this.#world = world
  }

  start(): void {
    this.#world.time.schedule(this.#world.settleEveryMs, () => {
      this.#settle()
      this.start()
    })
  }

  get isQuiet(): boolean {
    return this.#rows('queued').length === 0 && [...this.#asked].every(({ isDead }) => isDead)
  }

  #rows(state: keyof typeof NEXT): Row[] {
    return this.#world.town.rows<Row>(
      `SELECT m.line_id, m.seq, m.chat_id, m.state FROM outbox_message m JOIN line l ON l.id = m.line_id
       WHERE m.state = ? AND l.status = 'connected' LIMIT 100`,
      [state],
    )
  }

  #settle(): void {
    const { random } = this.#world
    const process = this.#world.anyServing()
    if (!process) return
    const further = random.chance(0.2)
      ? this.#rows(random.pick(['sent', 'delivered'] as const))
      : []
    const picked = [...this.#rows('queued'), ...further.filter(() => random.chance(0.2))]
    if (picked.length === 0) return
    this.#asked.add(process)
    void this.#write(process, picked)
      .catch(() => undefined)
      .finally(() => this.#asked.delete(process))
  }

  /** Only of those that are still where they were: several processes may be asked at once. */
  async #write({ store, clock, engine }: CommProcess, rows: readonly Row[]): Promise<void> {
    const { random } = this.#world
    const now = clock.now()
    const ends = rows.map((row) => ({
      row,
      state: random.pick(NEXT[row.state as keyof typeof NEXT]),
    }))
    const error = random.chance(0.3) ? 'outside_window' : 'refused'
    await store.asStore.shortTransaction(async (runner) => {
      const statements = []
      const updates = []
      for (const { row, state } of ends) {
        const { line_id: lineId, seq, chat_id: chatId } = row
        const [found] = await runner.batch([
          {
            sql: 'SELECT seq FROM outbox_message WHERE line_id = ? AND seq = ? AND state = ?',
            bindings: [lineId, seq, row.state],
          },
        ])
        if (found?.rows.length !== 1) continue
        statements.push({
          sql: 'UPDATE outbox_message SET state = ? WHERE line_id = ? AND seq = ?',
          bindings: [state, lineId, seq],
        })
        const fault = state === 'failed' ? { error: { code: error } } : {}
        const payload = JSON.stringify({ out: outId(lineId, seq), status: state, ...fault })
        updates.push({ lineId, events: [{ type: 'message.status', payload, chatId }] })
      }
      if (updates.length === 0) return { statements: [], value: undefined }
      const append = await prepareAppend(runner, updates, undefined, now)
      return { statements: [...statements, ...append.statements], value: undefined }
    })
    engine.wake(new Set(rows.map(({ line_id: lineId }) => lineId)))
  }
}
