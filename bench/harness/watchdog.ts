import { spawn } from 'node:child_process'

/**
 * Ends `pid` when this process goes away without doing so: the watchdog's standard input closes then. `folder` is deleted
 * with it. To be killed before `pid` is ended in order: by then the number could be somebody else's.
 */
export function endWithUs(pid: number, folder = ''): { kill(signal: 'SIGKILL'): boolean } {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null; [ -n "$2" ] && rm -rf "$2"'
  return spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C must not end it before it has seen this process go.
    detached: true,
  })
}
