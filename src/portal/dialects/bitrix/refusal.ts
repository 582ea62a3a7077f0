import { given } from '../../../core/given.ts'
import type { Refusal, RefusalCode } from '../../../core/route.ts'
import { withoutMarkup } from './names.ts'

/** The portal's own code where it has one. */
const CODES: Readonly<Partial<Record<RefusalCode, string>>> = {
  HUB_BAD_SIGNATURE: 'LICENCE_ERROR',
}

/**
 * A failure as the portal's pages read it. They look at the body's `OK` and the first error alone; a call whose body isn't
 * read at all fails by the header, so both are always there. The status is 200, for the portal ignores any other, and PHP
 * code in between might not.
 */
export function failure(
  code: string,
  message: string,
  data?: object,
): { readonly status: 200; readonly body: string; readonly headers: Record<string, string> } {
  const error = { CODE: code, MESSAGE: withoutMarkup(message) }
  return {
    status: 200,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-bitrix-error': code.replace(/[^\w.-]/g, '_'),
    },
    body: JSON.stringify({ OK: false, ...given({ DATA: data }), ERROR: [error] }),
  }
}

export function toFailure({ code, message }: Refusal): ReturnType<typeof failure> {
  return failure(CODES[code] ?? code, message)
}
