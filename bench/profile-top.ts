import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const PROFILES = join(import.meta.dirname, 'profiles')
const SHOWN = 30

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[]
}

/** The newest profile's functions by the time spent in each itself, as text. */
export async function describeNewestProfile(): Promise<string> {
  const names = (await readdir(PROFILES)).filter((name) => name.endsWith('.cpuprofile')).sort()
  const newest = names.at(-1)
  if (newest === undefined) return 'no profile was written'
  const profile = JSON.parse(await readFile(join(PROFILES, newest), 'utf8')) as Profile
  const selfTimes = sumSelfTimes(profile)
  const idle = selfTimes.get('(idle)') ?? 0
  const total = [...selfTimes.values()].reduce((sum, one) => sum + one, 0)
  const lines = [...selfTimes]
    .filter(([name]) => name !== '(idle)')
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => `${((100 * time) / (total - idle)).toFixed(1).padStart(5)} %  ${name}`)
  const share = ((100 * idle) / total).toFixed(0)
  return [`bench/profiles/${newest}: self time without idling (${share} %)`, ...lines, ''].join(
    '\n',
  )
}

function sumSelfTimes({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const byId = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const sums = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id)
    if (!frame) continue
    const place = frame.url ? ` ${shorten(frame.url)}:${frame.lineNumber + 1}` : ''
    const name = `${frame.functionName || '(anonymous)'}${place}`
    sums.set(name, (sums.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  }
  return sums
}

function shorten(url: string): string {
  const root = new URL('..', import.meta.url).href
  return url.replace(root, '').replace('node_modules/', '')
}

if (import.meta.main) process.stdout.write(await describeNewestProfile())
