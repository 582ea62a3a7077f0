import { given } from '../../src/core/given.ts'
import type { GraphAnswer } from './meta-server.ts'

/** What Meta says to these codes, as far as a test looks at it. */
const TITLES: Readonly<Record<number, string>> = {
  131026: 'Message undeliverable',
  131047: 'Re-engagement message',
  131051: 'Unsupported message type',
  131053: 'Media upload error',
}

/** Meta's own shape, which 360dialog passes through. */
export function cloudError(
  code: number,
  more: { readonly subcode?: number; readonly details?: string } = {},
): object {
  const { subcode, details } = more
  return {
    error: {
      message: `(#${code}) ${TITLES[code] ?? 'error'}`,
      type: 'OAuthException',
      code,
      ...given({ error_subcode: subcode }),
      ...(details === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
      fbtrace_id: 'AbC',
    },
  }
}

/** 360dialog's own layer, in either of its spellings. */
export function layerError(status: number, words: string, isOldSpelling = false): object {
  return isOldSpelling
    ? { meta: { success: false, httpCode: status, developerMessage: words } }
    : { meta: { success: false, http_code: status, developer_message: words } }
}

/** A gateway's answer. */
export const HTML_503 = '<html><body><h1>503 Service Unavailable</h1></body></html>'

/** HTTP 400, as Meta answers most things it doesn't like. */
export function refuse(code: number, details?: string): GraphAnswer {
  return { status: 400, body: cloudError(code, details === undefined ? {} : { details }) }
}

/** The object isn't there, or isn't this token's to see. */
export function missing(): GraphAnswer {
  return { status: 400, body: cloudError(100, { subcode: 33 }) }
}

/** An entry of `statuses[].errors`. */
export function statusError(code: number, details: string): object {
  const title = TITLES[code] ?? 'error'
  return { code, title, message: title, error_data: { details } }
}
