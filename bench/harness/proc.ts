import { readdir, readFile } from 'node:fs/promises'

/** Clock ticks per second in /proc: 100 on every Linux platform that Node runs on. */
const TICKS = 100

/** Resident memory of a process in MiB (Linux). */
export async function readRssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024
}

/** Processor time that a process and those below it have used so far, in seconds, over all of their threads. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const children = await readChildren(pid)
  const below = await Promise.all(children.map((child) => readCpuSeconds(child).catch(() => 0)))
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces. User and system time are the 14th and 15th field; those of children that
  // have ended, the 16th and 17th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
  return below.reduce((sum, seconds) => sum + seconds, own / TICKS)
}

/** Processes that a process has started and that still run. */
export async function readChildren(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = threads.map((thread) =>
    readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => ''),
  )
  return (await Promise.all(lists)).flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

export type Pids = Readonly<Record<string, number>>

/** Share of one core that each process takes from now until the returned function is called. */
export async function watchCpu(pids: Pids): Promise<() => Promise<Record<string, number>>> {
  const startedAt = performance.now()
  const before = await readAll(pids)
  return async () => {
    const after = await readAll(pids)
    const seconds = (performance.now() - startedAt) / 1000
    return Object.fromEntries(
      Object.keys(pids).map((name) => [name, ((after[name] ?? 0) - (before[name] ?? 0)) / seconds]),
    )
  }
}

async function readAll(pids: Pids): Promise<Record<string, number>> {
  const entries = Object.entries(pids).map(
    async ([name, pid]) => [name, await readCpuSeconds(pid).catch(() => Number.NaN)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}
