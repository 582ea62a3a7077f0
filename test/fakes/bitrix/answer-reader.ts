import type { Era } from '../../../src/portal/dialects/bitrix/era.ts'

/** The hub's answer as it comes over the wire. */
export interface HubAnswer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** The module waits for the body. */
  readonly isAwaited: boolean
}

export type Reading =
  | { readonly isSuccess: true }
  | { readonly isSuccess: false; readonly codes: readonly (string | null)[] }
  /** The portal's page dies of it. */
  | 'fatal'

/** As PHP takes it. */
const FALSE: ReadonlySet<unknown> = new Set([undefined, null, false, 0, '', '0'])
const FAILED = (...codes: (string | null)[]): Reading => ({ isSuccess: false, codes })

/** What the module makes of an answer of the hub's, by the recordings of both makes. */
export function readAsModule(answer: HubAnswer, era: Era): Reading {
  if (answer.isAwaited) return readBody(answer, era)
  const [, code = ''] =
    Object.entries(answer.headers ?? {}).find(
      ([name]) => name.toLowerCase() === 'x-bitrix-error',
    ) ?? []
  return era === '2019' || code === '' || code === '0' ? { isSuccess: true } : FAILED(code)
}

function readBody({ status, body }: HubAnswer, era: Era): Reading {
  if (status >= 300 && status < 400) return FAILED(era === '2019' ? '100' : 'NETWORK_ERROR')
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return FAILED(era === '2019' ? '100' : 'ANSWER_MALFORMED')
  }
  if (typeof value !== 'object' || value === null) return 'fatal'
  const { OK, ERROR } = value as { OK?: unknown; ERROR?: unknown }
  if (!FALSE.has(OK)) return { isSuccess: true }
  if (typeof ERROR !== 'object' || ERROR === null) return FAILED('EMPTY_SERVER_RESPONSE')
  const errors = Object.values(ERROR)
  if (errors.length === 0) return { isSuccess: true }
  if (era === '2019' && !Array.isArray(ERROR)) return 'fatal'
  return FAILED(...errors.map((one) => codeOf(one, era)))
}

function codeOf(error: unknown, era: Era): string | null {
  const code =
    typeof error === 'object' && error !== null ? (error as { CODE?: unknown }).CODE : undefined
  if (typeof code === 'string') return code
  return era === '2019' ? null : 'ERROR_UNDEFINED'
}
