import { fileURLToPath } from 'node:url'
import type { Log } from '../core/log.ts'
import {
  RefusedRequestError,
  type Route,
  type RouteReply,
  type RouteRequest,
} from '../core/route.ts'
import { LazyBundle } from './builder.ts'
import type { Bundle } from './bundle.ts'
import { assetReply } from './reply.ts'

/** Where the console's files are served. */
const ASSETS = '/console/assets'

/**
 * What may show the page that is asked for in a frame, as Content-Security-Policy says it: `'none'`, or origins. Never
 * rejects.
 */
type FrameAncestors = (request: RouteRequest) => Promise<string>

/** The console's pages and files, built once for all the listeners of a process. */
export class ConsolePages {
  readonly #log: Log
  readonly #bundle = new LazyBundle({
    entry: fileURLToPath(new URL('../../console/console.tsx', import.meta.url)),
    name: 'console',
    publicPath: ASSETS,
  })

  constructor(log: Log) {
    this.#log = log
  }

  /** Builds before anybody asks, so that the first who opens the console doesn't wait. Never rejects. */
  async warmUp(): Promise<void> {
    try {
      await this.#bundle.get()
    } catch (error) {
      this.#log.error({ event: 'console.unbuilt', err: error }, 'the console can not be built')
    }
  }

  /**
   * Which page it is, is read from the address in the browser: each of them is the same few lines of HTML, which hold nothing
   * of anybody, so that they are given to everyone. They come after every other route under `/console`.
   */
  routes(frameAncestorsOf: FrameAncestors): readonly Route[] {
    const page = (request: RouteRequest): Promise<RouteReply> =>
      this.#page(request, frameAncestorsOf)
    return [
      { method: 'GET', path: `${ASSETS}/:file`, answer: (request) => this.#file(request) },
      { method: 'GET', path: '/console', answer: page },
      { method: 'GET', path: '/console/{*page}', answer: page },
      { method: 'GET', path: '/', answer: toConsole },
    ]
  }

  async #page(request: RouteRequest, frameAncestorsOf: FrameAncestors): Promise<RouteReply> {
    const [ancestors, bundle] = await Promise.all([frameAncestorsOf(request), this.#bundle.get()])
    return {
      status: 200,
      headers: { ...pageHeaders(ancestors), 'content-type': 'text/html; charset=utf-8' },
      body: pageOf(bundle),
    }
  }

  async #file(request: RouteRequest): Promise<RouteReply> {
    const { assets } = await this.#bundle.get()
    const asset = assets.get(request.params['file'] ?? '')
    if (!asset) throw new RefusedRequestError('HUB_UNKNOWN_PATH', 'there is no such file')
    return assetReply(asset, request)
  }
}

/** Who opens the hub in a browser finds the console; to everything else its root is as empty as ever. */
async function toConsole({ headers }: RouteRequest): Promise<RouteReply> {
  if (String(headers['accept'] ?? '').includes('text/html')) {
    return { status: 303, headers: { location: '/console/', 'cache-control': 'no-store' } }
  }
  throw new RefusedRequestError('HUB_UNKNOWN_PATH', 'there is nothing here')
}

function pageHeaders(frameAncestors: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
    `frame-ancestors ${frameAncestors}`,
  ]
  return {
    'cache-control': 'no-cache',
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    vary: 'cookie',
    ...(frameAncestors === "'none'" && { 'x-frame-options': 'DENY' }),
  }
}

function pageOf({ script, style, assets }: Bundle): string {
  const icon = [...assets.keys()].find((file) => file.startsWith('icon-'))
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="robots" content="noindex">',
    '<title>Openlines Hub</title>',
    icon && `<link rel="icon" href="${ASSETS}/${icon}">`,
    style && `<link rel="stylesheet" href="${ASSETS}/${style.file}">`,
    `<script type="module" src="${ASSETS}/${script.file}"></script>`,
  ]
  return `<!doctype html>
<html lang="en">
<head>${head.filter(Boolean).join('')}</head>
<body><div id="console"></div></body>
</html>
`
}
