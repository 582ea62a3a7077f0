import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findFreePorts } from './free-ports.ts'
import { watch } from './watchdog.ts'

export interface Haproxy extends AsyncDisposable {
  readonly port: number
}

/**
 * HAProxy in TCP mode. By turns, each new connection goes to the next node: the hardest way for the hub, for every row
 * is fought over by transactions of several nodes, and each may begin on a node that lags behind the one before. With one
 * writer all go to the same node for as long as it lives (the table holds one entry, and no node that comes back takes
 * over), which is what docs/scaling.md recommends.
 */
export async function startHaproxy(
  folder: string,
  nodes: readonly { readonly name: string; readonly port: number }[],
  hasOneWriter: boolean,
): Promise<Haproxy> {
  const [port = 0] = await findFreePorts(1)
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, toConfig(port, nodes, hasOneWriter))
  const child = spawn('/usr/sbin/haproxy', ['-db', '-f', file], { stdio: 'ignore' })
  await once(child, 'spawn')
  const watchdog = watch(child.pid ?? 0)
  return {
    port,
    async [Symbol.asyncDispose]() {
      watchdog.kill('SIGKILL')
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/**
 * The check logs in as a client would. A node whose way to the others is cut still lets clients in (and answers each
 * statement with 1047), a joining one doesn't listen yet. `shutdown-sessions`: who is connected to a dead node must not
 * wait for TCP to find out.
 */
function toConfig(
  port: number,
  nodes: readonly { name: string; port: number }[],
  hasOneWriter: boolean,
): string {
  return `global
  maxconn 2000
defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 2s
listen galera
  bind 127.0.0.1:${port}
  ${hasOneWriter ? 'stick-table type ip size 1 nopurge\n  stick on dst' : 'balance roundrobin'}
  option mysql-check user haproxy
  default-server inter 1s fastinter 500ms fall 2 rise 2 on-marked-down shutdown-sessions
${nodes.map(({ name, port: target }) => `  server ${name} 127.0.0.1:${target} check`).join('\n')}
`
}
