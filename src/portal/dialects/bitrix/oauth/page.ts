import { LANGUAGES, type Language } from '../../../../core/language.ts'
import type { RouteReply } from '../../../../core/route.ts'
import { OAUTH_TEXTS, type OAuthTexts } from './texts.ts'

/** The address of such a page holds a code or a state: neither kept nor passed on. */
const PRIVATE = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
} as const

const PAGE = {
  ...PRIVATE,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const

export function redirect(location: string): RouteReply {
  return { status: 302, headers: { ...PRIVATE, location } }
}

/** What has happened, for the person in front of the popup. */
export function plainPage(status: number, words: string, language: Language): RouteReply {
  const { title, close } = OAUTH_TEXTS[language]
  return { status, headers: PAGE, body: html(language, title, [words, close]) }
}

/** The same for somebody whose portal isn't known, and so neither the language: in all of them. */
export function strangersPage(words: (texts: OAuthTexts) => string): {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
} {
  const lines = LANGUAGES.flatMap((language) => {
    const texts = OAUTH_TEXTS[language]
    return [words(texts), texts.close]
  })
  return { headers: PAGE, body: html('en', OAUTH_TEXTS.en.title, lines) }
}

function html(language: Language, title: string, lines: readonly string[]): string {
  const paragraphs = lines.map((line) => `<p>${escaped(line)}</p>`).join('')
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>`
  return `<!doctype html><html lang="${language}"><head>${head}</head><body>${paragraphs}</body></html>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
