/**
 * Milliseconds that this thread has computed for `work`, which must not wait. Other processes of the machine, and the
 * collection of garbage beside it, don't count.
 */
export function processorTimeOf(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
