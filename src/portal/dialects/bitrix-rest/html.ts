import { hash } from 'node:crypto'
import type { Portal } from '../../../core/portal.ts'
import type { RouteReply } from '../../../core/route.ts'

/** Text and attributes alike. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

export interface Page {
  readonly language: string
  readonly title: string
  /** HTML; whoever makes it escapes what it holds. */
  readonly body: string
  /** Loads the portal's own script and tells it that the installation has ended. */
  readonly endsInstallation?: true
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem;color:#1f2328;background:#fff}' +
  'label{display:block;font-weight:600;margin-top:1rem}input,select{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #6e7781;border-radius:4px}' +
  'button{font:inherit;margin:1.5rem .5rem 0 0;padding:.5rem 1.2rem;border:1px solid #0b5fae;border-radius:4px;background:#0b5fae;color:#fff;cursor:pointer}' +
  'button.quiet{background:#fff;color:#a40e26;border-color:#a40e26}.help{color:#57606a;font-size:.9rem;margin:.2rem 0}' +
  '.fault{color:#a40e26;margin:.2rem 0}.note{padding:.8rem 1rem;border-left:4px solid #0b5fae;background:#f0f6fc}.note.bad{border-color:#a40e26;background:#fff1f0}code{overflow-wrap:anywhere}'

/** The portal's own, for pages in its frame; it comes from Bitrix24's servers. */
const PORTAL_SCRIPT = '//api.bitrix24.com/api/v1/'
const END_INSTALLATION = 'BX24.init(function(){BX24.installFinish()})'

/** A whole page, which only the portal may frame. `portal` is absent where nobody is known: then nobody may. */
export function htmlReply(status: number, page: Page, portal?: Portal): RouteReply {
  const scripts = page.endsInstallation
    ? `script-src ${hashOf(END_INSTALLATION)} api.bitrix24.com; `
    : ''
  const policy = `default-src 'none'; ${scripts}style-src ${hashOf(STYLE)}; form-action 'self'; base-uri 'none'; frame-ancestors ${framersOf(portal)}`
  return {
    status,
    headers: { ...HEADERS, 'content-security-policy': policy },
    body: pageHtml(page),
  }
}

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function hashOf(text: string): string {
  return `'sha256-${hash('sha256', text, 'base64')}'`
}

function pageHtml({ language, title, body, endsInstallation }: Page): string {
  const scripts = endsInstallation
    ? `<script src="${PORTAL_SCRIPT}"></script><script>${END_INSTALLATION}</script>`
    : ''
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main><h1>${escapeHtml(title)}</h1>${body}</main>${scripts}</body></html>`
}

function framersOf(portal: Portal | undefined): string {
  if (!portal) return "'none'"
  const own = new URL(portal.url)
  const { domain } = portal.settings
  const learnt = domain && domain !== own.host ? [`${own.protocol}//${domain}`] : []
  return [own.origin, ...learnt].join(' ')
}

/** A line that says how something went, for screen readers too. */
export function note(text: string, isBad = false): string {
  return `<p class="note${isBad ? ' bad' : ''}" role="${isBad ? 'alert' : 'status'}">${escapeHtml(text)}</p>`
}
