import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One address in front of several servers, as a balancer is. */
export interface Front extends AsyncDisposable {
  readonly url: string
  /** From now on connections lead there; those that are open break. */
  leadTo(url: string): void
}

export async function openFront(url: string): Promise<Front> {
  let target = new URL(url)
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    const behind = connect(Number(target.port), target.hostname)
    for (const one of [socket, behind]) {
      open.add(one)
      one.on('error', () => undefined)
      one.once('close', () => {
        open.delete(one)
        socket.destroy()
        behind.destroy()
      })
    }
    socket.pipe(behind).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const breakAll = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(next) {
      target = new URL(next)
      breakAll()
    },
    async [Symbol.asyncDispose]() {
      breakAll()
      server.close()
      await once(server, 'close')
    },
  }
}
