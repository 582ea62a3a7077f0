import type { RequestListener } from 'node:http'
import { type Clock, systemClock } from '../../../src/core/clock.ts'
import type { RemoteFile } from '../../../src/core/connector.ts'
import { SharedPool } from '../../../src/core/shared-pool.ts'
import { FileLinks, type LinkedFile } from '../../../src/files/links.ts'
import { fileRoute } from '../../../src/files/route.ts'
import { FileStreamer, type StreamerLimits } from '../../../src/files/streamer.ts'
import { Transfers } from '../../../src/files/transfers.ts'
import { createHttpApp } from '../../../src/http/app.ts'
import { TrustedProxies } from '../../../src/http/client-address.ts'
import { bindServer } from '../../../src/http/server.ts'
import type { ActiveLine } from '../../../src/lines/directory.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { startFileServer } from '../../helpers/file-server.ts'

/** Stands in the address at the channel, as a bot's token does. */
export const TOKEN = 'SECRET-token-in-the-path'

export interface StreamBench extends AsyncDisposable {
  readonly url: string
  /** A link to the channel's file of that name. */
  link(ref: string, look?: Pick<LinkedFile, 'name' | 'mime'>): string
  linkOf(lineId: number, ref: string): string
  /** What was logged above debug. */
  log(): string
}

export interface StreamOptions {
  readonly limits?: Partial<StreamerLimits>
  readonly maxTransfers?: number
  /** For the pace of readers. */
  readonly pace?: Clock
  readonly clock?: Clock
  readonly allowed?: readonly string[]
  /** Instead of the channel's server, `ref` in its path. */
  readonly locate?: (ref: string) => Promise<RemoteFile>
}

/** The hub's HTTP side with nothing but its file links, before a channel that answers as told. */
export async function startStreamBench(
  channel: RequestListener,
  options: StreamOptions = {},
): Promise<StreamBench> {
  const { limits, clock = systemClock, allowed = ['127.0.0.0/8'], locate } = options
  const { maxTransfers: capacity = 512, pace = systemClock } = options
  const stack = new AsyncDisposableStack()
  const server = stack.use(await startFileServer(channel))
  const logged: string[] = []
  const note = (fields: object, text: string): void => {
    logged.push(JSON.stringify(fields, toPlain), text)
  }
  const log = { debug: () => undefined, info: note, warn: note, error: note }
  const hub = await bindServer('127.0.0.1', 0)
  stack.defer(() => hub.close(0))
  const { url } = hub
  const links = new FileLinks(Buffer.alloc(32, 1), clock, url)
  const find = locate ?? (async (ref) => ({ url: `${server.url}/${TOKEN}/${ref}` }))
  /** Lines 1 to 9 are one portal's, each other is a portal of its own. */
  const activate = (id: number): ActiveLine =>
    ({
      record: { id, portalId: id < 10 ? 'prt_1' : `prt_${id}`, settings: { token: TOKEN } },
      portal: {},
      line: { id },
      connector: { locateFile: find },
    }) as unknown as ActiveLine
  const files = new FileStreamer(
    {
      links,
      clock,
      log,
      guard: createTargetGuard(allowed),
      transfers: new Transfers(new SharedPool({ name: 'transfers', capacity }), pace, log),
      findLine: async (lineId) => activate(lineId),
    },
    { headersTimeoutMs: 15_000, idleTimeoutMs: 30_000, ...limits },
  )
  stack.defer(() => files.close())
  hub.serve(
    createHttpApp(
      {
        log,
        bodyBytes: new SharedPool({ name: 'body-bytes', capacity: 2 ** 28 }),
        proxies: new TrustedProxies(),
      },
      [fileRoute(files)],
    ),
  )
  return {
    url,
    link: (ref, look = {}) => links.make({ lineId: 1, ref, ...look }).url,
    linkOf: (lineId, ref) => links.make({ lineId, ref }).url,
    log: () => logged.join('\n'),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function toPlain(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value
  return { ...value, message: value.message, stack: value.stack, cause: value.cause }
}
