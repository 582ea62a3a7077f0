import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { Store } from '../db/engine/store.ts'
import {
  beginChecks,
  type ConnectedLine,
  pageOfConnected,
  scheduleChecks,
  setBase,
} from '../db/health/schedule.ts'
import type { Registry } from '../registry/registry.ts'
import type { HealthBook } from './health-book.ts'
import type { MoveProgress } from './move-progress.ts'

export interface BeginRoundDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
  readonly book: HealthBook
  readonly moves: MoveProgress
  /** A hash of the public URL. */
  readonly base: string
  readonly publicUrl: string
  /** Somebody has said so: a hub that doesn't know its address moves nothing. */
  readonly isUrlChosen: boolean
  readonly checkEveryMs: number
}

/** Lines that are read at once. */
const PAGE = 1000
/** Named in the log; `hub doctor` and `hub line list` show the others. */
const MAX_NAMED = 20

/**
 * What the process does that begins to check: lines that nobody has checked yet get their place in the round, and those whose
 * webhook was installed under another public URL are put at its head, or, where a person has to enter the address, say so.
 * Reads the connected lines once, in pages.
 */
export async function beginRound(deps: BeginRoundDeps, signal: AbortSignal): Promise<void> {
  const { store, clock, base, checkEveryMs, isUrlChosen } = deps
  const moving = { lines: 0, byHand: [] as ConnectedLine[] }
  for (let after = 0; !signal.aborted; ) {
    const page = await pageOfConnected(store, after, PAGE)
    const last = page.at(-1)
    if (!last) break
    after = last.lineId
    const now = clock.now()
    const fresh = page.filter((line) => line.base === undefined)
    const spread = (): number => now + Math.floor(Math.random() * checkEveryMs)
    await beginChecks(
      store,
      fresh.map((line) => ({ ...line, dueAt: spread() })),
      base,
      now,
    )
    if (isUrlChosen) await moveLines(deps, page, moving)
  }
  report(deps, moving)
}

interface Moving {
  lines: number
  byHand: ConnectedLine[]
}

async function moveLines(
  { store, registry, book, base, publicUrl }: BeginRoundDeps,
  page: readonly ConnectedLine[],
  moving: Moving,
): Promise<void> {
  const unknown = page.filter((line) => line.base === null).map(({ lineId }) => lineId)
  await setBase(store, unknown, base)
  const others = page.filter((line) => !line.isPolling && line.base && line.base !== base)
  const canInstall = ({ connector }: ConnectedLine): boolean =>
    registry.find(connector)?.descriptor.capabilities.webhookInstall === true
  const byApi = others.filter(canInstall)
  await scheduleChecks(
    store,
    byApi.map(({ lineId }) => lineId),
    // Before everything else.
    { dueAt: 0 },
  )
  moving.lines += byApi.length
  const newHost = new URL(publicUrl).host
  const byHand = others.filter((line) => !canInstall(line))
  await Promise.all(
    byHand.map(({ lineId }) =>
      book.note({
        lineId,
        change: (facts) => ({ ...facts, moved: { code: 'webhook_missing', newHost } }),
      }),
    ),
  )
  moving.byHand.push(...byHand)
}

function report({ log, publicUrl, moves }: BeginRoundDeps, { lines, byHand }: Moving): void {
  moves.begin(lines)
  if (lines > 0) {
    log.info(
      { event: 'public-url.moving', publicUrl, lines },
      "the hub has another public URL: webhooks are installed anew, at the checks' rate",
    )
  }
  if (byHand.length === 0) return
  log.warn(
    {
      event: 'public-url.by-hand',
      publicUrl,
      lines: byHand.length,
      examples: byHand
        .slice(0, MAX_NAMED)
        .map(({ portalId, connector, externalId }) => `${portalId}/${connector}/${externalId}`),
    },
    'the hub has another public URL, and the webhooks of these lines have to be entered by hand',
  )
}
