import { readFile } from 'node:fs/promises'
import { readCpuSeconds } from './proc.ts'

const TICKS = 100
/** user, nice, system, and (past idle and waiting) the two kinds of interrupts and what the host took away. */
const BUSY_FIELDS = [0, 1, 2, 5, 6, 7]

/**
 * Watches how many cores go to anything that isn't ours: every process of the benchmark is this one's child, and counts
 * as ours also after its end. The returned function gives the mean since the call.
 */
export async function watchOthers(): Promise<() => Promise<number>> {
  const startedAt = performance.now()
  const before = await readOthers()
  return async () => ((await readOthers()) - before) / ((performance.now() - startedAt) / 1000)
}

async function readOthers(): Promise<number> {
  const [stat, ours] = await Promise.all([
    readFile('/proc/stat', 'utf8'),
    readCpuSeconds(process.pid),
  ])
  const fields = stat.slice(0, stat.indexOf('\n')).split(/\s+/).slice(1)
  return BUSY_FIELDS.reduce((sum, index) => sum + Number(fields[index]), 0) / TICKS - ours
}
