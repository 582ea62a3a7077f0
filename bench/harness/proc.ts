import { readFile } from 'node:fs/promises'

/** Clock ticks per second in /proc: 100 on every Linux platform that Node runs on. */
const TICKS = 100

/** Resident memory of a process in MiB (Linux). */
export async function readRssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024
}

/** Processor time that a process has used so far, in seconds, over all of its threads. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; user and system time are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
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
    async ([name, pid]) => [name, await readCpuSeconds(pid)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}
