import { access, mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Processes that get no more than a share of a core each, by control groups of Linux; needs root. */
export interface CpuShares extends AsyncDisposable {
  /** `share` of one core, for all threads of the process together. */
  limit(pid: number, share: number): Promise<void>
}

const V1 = '/sys/fs/cgroup/cpu'
const V2 = '/sys/fs/cgroup'
const PERIOD_US = 20_000

/** Undefined where that can't be had. */
export async function openCpuShares(): Promise<CpuShares | undefined> {
  const isV1 = await isThere(join(V1, 'cpu.cfs_quota_us'))
  const root = isV1 ? V1 : V2
  const parent = join(root, `hub-bench-${process.pid}`)
  try {
    if (!isV1) await access(join(V2, 'cgroup.subtree_control'))
    await mkdir(parent)
    if (!isV1) await writeFile(join(parent, 'cgroup.subtree_control'), '+cpu')
  } catch {
    await removeGroup(parent)
    return undefined
  }
  return {
    async limit(pid, share) {
      const group = join(parent, `p${pid}`)
      const quota = Math.round(PERIOD_US * share)
      await mkdir(group, { recursive: true })
      if (isV1) {
        await writeFile(join(group, 'cpu.cfs_period_us'), `${PERIOD_US}`)
        await writeFile(join(group, 'cpu.cfs_quota_us'), `${quota}`)
      } else {
        await writeFile(join(group, 'cpu.max'), `${quota} ${PERIOD_US}`)
      }
      await writeFile(join(group, 'cgroup.procs'), `${pid}`)
    },
    async [Symbol.asyncDispose]() {
      for (const name of await readdir(parent).catch(() => [])) {
        if (name.startsWith('p')) await removeGroup(join(parent, name))
      }
      await removeGroup(parent)
    },
  }
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}

/** A group goes when no process is left in it: those that were limited have ended by then. */
async function removeGroup(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined)
}
