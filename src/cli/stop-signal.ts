/**
 * The first TERM or INT from now on, which then doesn't end the process by itself. To be asked for before anything else is loaded:
 * a signal during the start must not end the hub halfway, nor with another exit code.
 */
export function nextStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}
