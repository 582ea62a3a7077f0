import type { LiveProcess } from '../db/hub/processes.ts'

/**
 * Has a hub process of this machine ended? Its id is free, or it is this process's own from before it began: in a
 * container every hub is number 1. A host name shared by machines makes a wrong guess possible; a process that is
 * declared dead by mistake notices it at its next heartbeat and goes on under a new token.
 */
export function hasProcessEnded({ pid, startedAt }: LiveProcess): boolean {
  if (pid === process.pid) return startedAt < Date.now() - process.uptime() * 1000
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // EPERM: it is there, but somebody else's.
    return (error as { code?: unknown }).code === 'ESRCH'
  }
}
