import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { waitFor } from '../../test/helpers/wait-for.ts'
import { endWithUs } from './watchdog.ts'

/** nginx before several hubs, as `docs/scaling.md` has it. */
export interface Balancer extends AsyncDisposable {
  readonly url: string
}

/** By `hash`: each line's webhooks come to one hub. By `turns`: to all of them. Throws where nginx isn't installed. */
export async function startBalancer(
  folder: string,
  hubs: readonly string[],
  by: 'hash' | 'turns',
): Promise<Balancer> {
  const port = await findFreePort()
  const file = join(folder, `nginx-${port}.conf`)
  await writeFile(file, configure({ folder, port, hubs, by }))
  const nginx = spawn('nginx', ['-p', folder, '-c', file], { stdio: 'inherit' })
  const watchdog = endWithUs(nginx.pid ?? 0)
  const failed = once(nginx, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => undefined)
  const url = `http://127.0.0.1:${port}`
  await Promise.race([failed, waitFor(() => answers(url), 'nginx to listen')])
  return {
    url,
    async [Symbol.asyncDispose]() {
      watchdog.kill('SIGKILL')
      const ended = once(nginx, 'exit')
      nginx.kill('SIGTERM')
      await ended
    },
  }
}

interface Layout {
  readonly folder: string
  readonly port: number
  readonly hubs: readonly string[]
  readonly by: 'hash' | 'turns'
}

function configure({ folder, port, hubs, by }: Layout): string {
  const servers = hubs.map((hub) => `server ${new URL(hub).host};`).join(' ')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/nginx-${name};`)
    .join(' ')
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `${user} daemon off; worker_processes 1; pid ${folder}/nginx-${port}.pid; error_log ${folder}/nginx.log;
events { worker_connections 4096; }
http {
  access_log off; ${temporary}
  upstream hubs { ${by === 'hash' ? 'hash $arg_hash consistent;' : ''} ${servers} keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://hubs; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok ?? false
}
