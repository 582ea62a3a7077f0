import type { HubModel } from './neighbour-hub.ts'
import { FIRST_NOISY_LINE, type NeighbourWorld } from './neighbour-world.ts'

/** What a noisy tenant does to its neighbours. */
export interface Noise {
  readonly lines: number
  /** Rows that are there when the hub starts. */
  prepare?(hub: HubModel): void
  /** What goes on while it runs. */
  start?(hub: HubModel, world: NeighbourWorld): void
  /** For what weighs on the store: how far it is, one way, in ms. */
  readonly latencyMs?: number
}

const NOISY = 'noisy'
const READER_EVERY_MS = 5
const UPDATE_EVERY_MS = 5
const FLOOD_EVERY_MS = 1

function every(hub: HubModel, ms: number, act: () => void): void {
  const again = (): void => {
    act()
    hub.time.schedule(ms, again)
  }
  hub.time.schedule(0, again)
}

function lineIds(count: number): number[] {
  return Array.from({ length: count }, (_, n) => FIRST_NOISY_LINE + n)
}

function queueMessage(hub: HubModel, lineId: number, chat: number): void {
  const { now } = hub.time
  const payload = '{"message":{"text":"noise"},"format":{"text":"plain","emoji":"unicode"}}'
  hub.database.execute(
    `INSERT INTO outbox_message (line_id, seq, chat_id, kind, payload, state, due_at, created_at, updated_at)
     VALUES (?, ?, ?, 'send', ?, 'queued', ?, ?, ?)`,
    [lineId, chat, `c${chat}`, payload, now, now, now],
  )
}

export const NOISES = {
  /** Its channel never answers: ten lines with sixty chats each, and thousands with one. */
  'hanging-channel': {
    lines: 5000,
    prepare(hub) {
      lineIds(5000).forEach((lineId, index) => {
        const chats = index < 10 ? 60 : 1
        for (let chat = 1; chat <= chats; chat++) queueMessage(hub, lineId, chat)
      })
      hub.database.execute(
        'UPDATE outbox_line SET seq = 60, due_at = ? + line_id / 1000 WHERE portal_id = ?',
        [hub.time.now, NOISY],
      )
    },
  },
  /** Its portal never answers: more busy lines than a process holds, and more get busy all the time. */
  'hanging-portal': {
    lines: 12_000,
    prepare(hub) {
      for (const lineId of lineIds(11_000)) {
        hub.database.execute(
          "INSERT INTO inbox_event (line_id, seq, type, payload, created_at) VALUES (?, 1, 'message', 'noise', ?)",
          [lineId, hub.time.now],
        )
        hub.database.execute('UPDATE inbox_line SET seq = 1, due_at = ? WHERE line_id = ?', [
          hub.time.now + lineId / 1000,
          lineId,
        ])
      }
    },
    start(hub, world) {
      const ids = lineIds(12_000)
      every(hub, UPDATE_EVERY_MS, () =>
        world.makeNoise(hub, { lineId: hub.random.pick(ids), portalId: NOISY }),
      )
    },
  },
  /** Thousands of lines poll a channel that never answers. */
  'hanging-polls': {
    lines: 10_000,
    prepare(hub) {
      hub.database.execute(
        'INSERT INTO poll_line (line_id, portal_id, due_at) SELECT line_id, portal_id, 0 FROM inbox_line WHERE portal_id = ?',
        [NOISY],
      )
    },
  },
  /** Readers of one file link who read nothing. */
  'slow-readers': {
    lines: 1,
    start(hub) {
      const owner = { portalId: NOISY, lineId: FIRST_NOISY_LINE }
      every(hub, READER_EVERY_MS, () => hub.transfers.admit(owner, new AbortController().signal))
    },
  },
  /** 25 000 updates a second for one line, at a store that takes 15 000. */
  'webhook-flood': {
    lines: 1,
    latencyMs: 10,
    start(hub, world) {
      const line = { lineId: FIRST_NOISY_LINE, portalId: NOISY }
      every(hub, FLOOD_EVERY_MS, () => {
        for (let count = 0; count < 25; count++) world.makeNoise(hub, line)
      })
    },
  },
} as const satisfies Readonly<Record<string, Noise>>

export type NoiseName = keyof typeof NOISES

export function isNoise(name: string): name is NoiseName {
  return Object.hasOwn(NOISES, name)
}

export function noisyLines({ lines }: Noise): Map<number, string> {
  return new Map(lineIds(lines).map((lineId) => [lineId, NOISY]))
}
