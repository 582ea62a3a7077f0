import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Ends `pid` and deletes `folder`, if there is one, when this process goes away without doing so: the watchdog's
 * standard input closes then. End the watchdog first when you end the process yourself, so that it never meets a number
 * that has become somebody else's.
 */
export function watch(pid: number, folder = ''): ChildProcess {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2"'
  const watchdog = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C must not end it before it has seen this process go.
    detached: true,
  })
  watchdog.unref()
  return watchdog
}
