import type { OutgoingRequest } from '#core/http.ts'
import type { ApiCall } from './types.ts'

/** A call's body: JSON, or a form when it brings files along. In a form Telegram reads objects as JSON too. */
export function toBody({ params, uploads }: ApiCall): Pick<OutgoingRequest, 'json' | 'multipart'> {
  if (!uploads) return { json: params }
  const fields = Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)])
  return { multipart: { fields: Object.fromEntries(fields), files: uploads } }
}
