import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FileServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string
}

/** A server on a free port of this machine, closed with every connection it has. */
export async function startFileServer(listener: RequestListener): Promise<FileServer> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Writes `piece` over and over, as fast as the other side reads, until it goes; gives the bytes handed over so far. */
export function pour(
  response: NodeJS.WritableStream & { readonly destroyed?: boolean },
  piece: Buffer,
  onBytes: (bytes: number) => void = () => undefined,
): void {
  const write = (): void => {
    while (!response.destroyed) {
      onBytes(piece.length)
      if (!response.write(piece)) return void response.once('drain', write)
    }
  }
  write()
}
