import { longestForm, patternOf, piecesOf } from './secret-pattern.ts'

/** Stands in the place of a secret. */
export const SECRET_MARK = '[secret]'

const MARKS = /(?:\[secret\]){2,}/g
/** Of all secrets of a line, its portal and the process together: some 1 000 characters. */
const USUAL_LENGTH = 4000

/** Characters of the secrets in one pattern, which is some hundred times as long. */
const MAX_PATTERN = 1000

/** What OAuth (RFC 6749), Meta and Bitrix24 call what they hand out or ask for: hidden by name, wherever it was got. */
const NAMES =
  'access_token|refresh_token|id_token|client_secret|client_assertion|appsecret_proof|fb_exchange_token|application_token|APPLICATION_TOKEN|AUTH_ID|REFRESH_ID'
const NAMED_IN_JSON = new RegExp(`("(?:${NAMES})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'g')
/** As PHP writes what lies in an array, too: `auth[access_token]=`. */
const NAMED_IN_FORM = new RegExp(
  `((?:^|[?&\\s[]|%5[Bb])(?:${NAMES})(?:\\]|%5[Dd])?=)[^&#\\s"]+`,
  'gm',
)
/** The hub's own links to files open them for whoever has the link, some of them for ever. */
const FILE_LINK = /(\/files\/)[A-Za-z0-9_-]{40,}/g

/** Takes secrets out of what is written down. */
export class Redactor {
  readonly #secrets: readonly string[]
  #patterns: readonly RegExp[] | undefined
  /** No form of a secret takes more characters. */
  readonly longest: number
  /**
   * Which part of the usual text may be looked through: to look costs in the worst case the length of the text times that of
   * all secrets, and a portal chooses both.
   */
  readonly effort: number

  constructor(secrets: Iterable<string>) {
    // The longer first: a secret that begins like another is taken out as a whole.
    const whole = [...new Set(secrets)].filter(Boolean).sort((a, b) => b.length - a.length)
    const all = [...new Set(whole.flatMap(piecesOf))]
    const length = all.reduce((sum, piece) => sum + piece.length, 0)
    this.effort = Math.min(1, USUAL_LENGTH / length)
    this.longest = Math.max(0, ...all.map(longestForm))
    this.#secrets = all
  }

  redact(text: string): string {
    const named = text
      .replace(NAMED_IN_JSON, `$1${SECRET_MARK}`)
      .replace(NAMED_IN_FORM, `$1${SECRET_MARK}`)
      .replace(FILE_LINK, `$1${SECRET_MARK}`)
    // Made behind the work: whoever has a secret to add doesn't wait for it.
    this.#patterns ??= toPatterns(this.#secrets)
    return this.#patterns.reduce(takeOut, named).replace(MARKS, SECRET_MARK)
  }
}

/** Several, for an engine refuses what is too long. */
function toPatterns(secrets: readonly string[]): RegExp[] {
  const patterns: RegExp[] = []
  let open: string[] = []
  let length = 0
  for (const [index, secret] of secrets.entries()) {
    open.push(patternOf(secret))
    length += secret.length
    if (length < MAX_PATTERN && index < secrets.length - 1) continue
    patterns.push(new RegExp(open.join('|'), 'g'))
    open = []
    length = 0
  }
  return patterns
}

function takeOut(text: string, pattern: RegExp): string {
  return text.replace(pattern, (found: string, at: number) =>
    isNumber(text, at, found) ? `"${SECRET_MARK}"` : SECRET_MARK,
  )
}

/** Is it a number of JSON's? Without quotes in its place the text would be JSON no more. */
function isNumber(text: string, at: number, found: string): boolean {
  if (!/^\d+$/.test(found)) return false
  const before = /[:[,]\s*$/.test(text.slice(Math.max(0, at - 8), at))
  return before && /^\s*[,}\]]/.test(text.slice(at + found.length, at + found.length + 8))
}
