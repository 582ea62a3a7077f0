import { BadUpdateError } from '#core/errors.ts'
import type { RawRequest } from '#core/http.ts'
import { readJsonObject } from '#kit/json-answer.ts'

const FORM = 'application/x-www-form-urlencoded'

/** Events are JSON; what people do with buttons, shortcuts and commands comes as forms. */
export const CONTENT_TYPES: readonly string[] = ['application/json', FORM]

/** The fields of a form; undefined for other bodies. */
export function readForm({ headers, body }: RawRequest): URLSearchParams | undefined {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1)
  return type.trim().toLowerCase() === FORM ? new URLSearchParams(body.toString('utf8')) : undefined
}

/**
 * The update in a request: the JSON that is its body or stands in the form's `payload`. A form without one is a slash
 * command, whose fields have no `type`; it gets one here. Throws BadUpdateError.
 */
export function readUpdate(request: RawRequest): unknown {
  const form = readForm(request)
  if (!form) return request.json()
  const payload = form.get('payload')
  if (payload === null) return { ...Object.fromEntries(form), type: 'slash_command' }
  const update = readJsonObject(payload)
  if (!update) throw new BadUpdateError('the payload of the form is no JSON object')
  return update
}
