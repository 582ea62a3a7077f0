import type { IncomingMessage, ServerResponse } from 'node:http'
import { LocalServer } from '../helpers/local-server.ts'

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
}

/** A server of files whose bytes are their own address, so that an upload tells which file it was. */
export async function startContractFiles(): Promise<LocalServer> {
  const server: LocalServer = new LocalServer((request, response) =>
    serve(server.url, request, response),
  )
  await server.listen()
  return server
}

function serve(origin: string, request: IncomingMessage, response: ServerResponse): void {
  const bytes = Buffer.from(`${origin}${request.url ?? ''}`)
  const extension = /\.(\w+)$/.exec(request.url ?? '')?.[1] ?? ''
  const type = { 'content-type': TYPES[extension] ?? 'application/octet-stream' }
  if (request.headers.range === 'bytes=0-0') {
    const range = { 'content-range': `bytes 0-0/${bytes.length}`, 'content-length': 1 }
    response.writeHead(206, { ...type, ...range }).end(bytes.subarray(0, 1))
  } else response.writeHead(200, { ...type, 'content-length': bytes.length }).end(bytes)
}
