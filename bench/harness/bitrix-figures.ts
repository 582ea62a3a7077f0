import {
  PhpFormatError,
  unserialize,
} from '../../src/portal/dialects/bitrix/wire/php-unserialize.ts'
import { withoutStubs } from '../../src/portal/dialects/bitrix/wire/stubs.ts'
import { versionOf } from '../../src/portal/render-event.ts'
import { isRightCommand, toBigCommand } from './bitrix-commands.ts'
import { startChild } from './child.ts'
import { hostilePhp } from './hostile-php.ts'
import { toPercentiles } from './percentiles.ts'

const COLD_STARTS = 5
const WARM_CALLS = 100
const WARM_UP_CALLS = 50
const MEBIBYTE = 1024 * 1024
/** Below this the clock and the collector decide, not the input. */
const TOO_SHORT_MS = 2

export interface DecodeFigures {
  readonly coldMs: number
  readonly warmMs: number
}

/** Medians of what a command of this many bytes takes from its bytes to its items: in new processes, and in this one. */
export async function measureDecoding(
  shape: 'usual' | 'dense',
  bytes: number,
): Promise<DecodeFigures> {
  const cold: number[] = []
  for (let start = 0; start < COLD_STARTS; start++) {
    await using child = await startChild('bitrix-command', { shape, bytes })
    const { ms, isRight } = child.ready as { ms: number; isRight: boolean }
    if (!isRight) throw new Error('the command was not believed')
    cold.push(ms)
  }
  const command = toBigCommand(shape, bytes)
  const warm: number[] = []
  for (let call = 0; call < WARM_UP_CALLS + WARM_CALLS; call++) {
    const ms = timed(() => isRightCommand(command))
    if (call >= WARM_UP_CALLS) warm.push(ms)
  }
  return { coldMs: toPercentiles(cold).p50, warmMs: toPercentiles(warm).p50 }
}

export interface Hostility {
  readonly what: string
  /** Of a mebibyte. */
  readonly ms: number
  /** How much longer per byte a mebibyte takes than a quarter of it; 1 is linear. */
  readonly growth: number
}

/** What hostile values take to be read or refused. The least of several tries: what else the machine does only adds to it. */
export function measureHostile(): readonly Hostility[] {
  const [small, large] = [hostilePhp(MEBIBYTE / 4), hostilePhp(MEBIBYTE)]
  return [...large].map(([what, bytes]) => {
    const quarter = leastMs(small.get(what) ?? Buffer.alloc(0))
    const ms = leastMs(bytes)
    return { what, ms, growth: ms < TOO_SHORT_MS ? 0 : ms / 4 / quarter }
  })
}

function leastMs(bytes: Buffer): number {
  return Math.min(...Array.from({ length: 5 }, () => timed(() => tryRead(bytes))))
}

function tryRead(bytes: Buffer): void {
  try {
    withoutStubs(unserialize(bytes))
  } catch (error) {
    if (!(error instanceof PhpFormatError)) throw error
  }
}

/** Nanoseconds that a person's version costs each event. */
export function measureVersion(): number {
  const calls = 100_000
  const person = { name: 'Anna', lastName: 'Berg', username: 'anna_b', language: 'en' }
  const picture = 'https://hub.example/files/0123456789abcdef0123456789abcdef/picture.jpg'
  const all = (): void => {
    for (let id = 0; id < calls; id++) versionOf({ ...person, id: String(id) }, picture)
  }
  const ms = Math.min(...Array.from({ length: 5 }, () => timed(all)))
  return (ms / calls) * 1e6
}

function timed(work: () => unknown): number {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}
