import { hash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { Words } from '../core/language.ts'
import type { Route, RouteReply, RouteRequest } from '../core/route.ts'
import type { LinkState } from '../db/console/links.ts'
import type { ConsoleDoor } from './door.ts'
import { type ConsoleLinks, LINK_PATH } from './links.ts'
import type { ConsoleSessions } from './sessions.ts'

export interface LinkRouteDeps {
  readonly clock: Clock
  readonly links: ConsoleLinks
  readonly sessions: ConsoleSessions
  readonly door: ConsoleDoor
}

/** What browsers and messengers send when they only want to look ahead. */
const LOOKS_AHEAD = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose']

/** `GET /console/link/<secret>`: opens a session, once. Whoever only looks uses nothing up. */
export function linkRoute({ clock, links, sessions, door }: LinkRouteDeps): Route {
  return {
    method: 'GET',
    path: `${LINK_PATH}/:secret`,
    async answer(request): Promise<RouteReply> {
      const secret = request.params['secret'] ?? ''
      // The session would be of no use here: it is opened where it is.
      if (door.listener === 'admin') {
        const location = links.urlOf(encodeURIComponent(secret))
        return { status: 303, headers: { ...NOT_KEPT, location } }
      }
      if (isLook(request)) {
        const state = await links.look(secret)
        return state.kind === 'open' ? { status: 204, headers: NOT_KEPT } : failure(state)
      }
      const state = await links.use(secret)
      if (state.kind !== 'open') return failure(state)
      const { grant } = state
      const session = await sessions.openPortal(grant)
      const isEmbedded = (grant.embedIn ?? []).length > 0
      const cookie = { isEmbedded, maxAgeMs: session.expiresAt - clock.now() }
      return {
        status: 303,
        headers: {
          ...NOT_KEPT,
          location: '/console/',
          'set-cookie': door.cookie(session.secret, cookie),
        },
      }
    },
  }
}

function isLook({ method, headers }: RouteRequest): boolean {
  if (method === 'HEAD') return true
  return LOOKS_AHEAD.some((name) => /prefetch|prerender|preview/i.test(String(headers[name] ?? '')))
}

const NOT_KEPT = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

type ClosedLink = Exclude<LinkState, { readonly kind: 'open' }>

const WORDS: Readonly<Record<ClosedLink['kind'], Words & { readonly status: number }>> = {
  used: {
    status: 410,
    en: 'This link was used already. A link opens the console once: go back to your CRM and open the page anew.',
    ru: 'Эта ссылка уже использована. Она открывает консоль один раз: вернитесь в CRM и откройте страницу заново.',
  },
  expired: {
    status: 410,
    en: 'This link has expired. Go back to your CRM and open the page anew.',
    ru: 'Срок действия этой ссылки истёк. Вернитесь в CRM и откройте страницу заново.',
  },
  unknown: {
    status: 404,
    en: 'There is no such link, or it is of a portal that is not connected to this hub any more. Go back to your CRM and open the page anew.',
    ru: 'Такой ссылки нет, или её портал больше не подключён к этому хабу. Вернитесь в CRM и откройте страницу заново.',
  },
}

const STYLE =
  'body{margin:0;display:grid;place-items:center;min-height:100vh;font:16px/1.5 system-ui,sans-serif}' +
  'main{box-sizing:border-box;width:min(480px,100%);padding:24px}h1{font-size:20px}'
const STYLE_HASH = `'sha256-${hash('sha256', STYLE, 'base64')}'`

/** A page in both languages, for it isn't told who reads it. It is shown where the console would have been. */
function failure(state: ClosedLink): RouteReply {
  const { status, en, ru } = WORDS[state.kind]
  const { embedIn = [] } = state.kind === 'unknown' ? {} : state.grant
  const ancestors = embedIn.length > 0 ? embedIn.join(' ') : "'none'"
  return {
    status,
    headers: {
      ...NOT_KEPT,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src ${STYLE_HASH}; frame-ancestors ${ancestors}`,
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Openlines Hub</title><style>${STYLE}</style></head>
<body><main><h1>Openlines Hub</h1><p>${en}</p><p lang="ru">${ru}</p></main></body></html>
`,
  }
}
