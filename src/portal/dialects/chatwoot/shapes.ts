import { isRecord } from '../../../core/json.ts'

/** Of what Chatwoot answers, what the hub reads. Whatever lacks it counts as not there. */

export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {}
}

/** The list in `payload`, or in `data.payload`, or the answer itself. */
export function listOf(answer: unknown): readonly Fields[] {
  if (Array.isArray(answer)) return answer.filter(isRecord)
  const { payload, data } = fieldsOf(answer)
  if (Array.isArray(payload)) return payload.filter(isRecord)
  return data === undefined ? [] : listOf(data)
}

export function idOf(value: unknown): number | undefined {
  const { id } = fieldsOf(value)
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : undefined
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** Epoch seconds, of which lists give the number and webhooks the ISO text. */
export function instantOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return numberOf(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : at / 1000
}
