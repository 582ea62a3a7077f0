import type { RequestListener } from 'node:http'
import { LocalServer } from './local-server.ts'

/** A server of files, or of whatever `listener` answers. */
export async function startFileServer(listener: RequestListener): Promise<LocalServer> {
  const server = new LocalServer(listener)
  await server.listen()
  return server
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
