import type { FieldFault } from '../api/http.ts'
import type { Field } from '../api/types.ts'

/** What stands in a settings form: text by field. */
export type FormValues = Readonly<Record<string, string>>

export const MASK = '••••'
const MAX_LENGTH = 4096

/** Is it asked for, as the other fields stand? A default counts as a value. */
export function isShown(
  { showIf }: Pick<Field, 'showIf'>,
  fields: readonly Field[],
  values: FormValues,
): boolean {
  if (!showIf) return true
  const other = fields.find(({ key }) => key === showIf.field)
  const value = values[showIf.field] || other?.default || ''
  return showIf.equals.includes(value) && (!other || isShown(other, fields, values))
}

/** A field that is not asked for is answered for by the one that hides it: nobody sees a mark at what isn't there. */
function shownFor(key: string, fields: readonly Field[], values: FormValues): string {
  const field = fields.find((one) => one.key === key)
  if (!field?.showIf || isShown(field, fields, values)) return key
  return shownFor(field.showIf.field, fields, values)
}

/** What the hub finds fault with, at fields that are to be seen. */
export function seenFaults(
  blamed: ReadonlyMap<string, string>,
  fields: readonly Field[],
  values: FormValues,
): ReadonlyMap<string, string> {
  return new Map(
    [...blamed].map(([key, problem]) => {
      const seen = shownFor(key, fields, values)
      if (seen === key) return [key, problem]
      return [seen, values[seen] ? problem : 'is required']
    }),
  )
}

/** What is wrong with a field as it stands, as the hub would word it; undefined if nothing is. */
export function faultOf(
  field: Field,
  values: FormValues,
  stored: ReadonlySet<string>,
): string | undefined {
  const value = (values[field.key] ?? '').trim()
  if (value === '') {
    const isMissing =
      field.required && !field.default && !field.isGenerated && !stored.has(field.key)
    return isMissing ? 'is required' : undefined
  }
  if (value.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  if (field.type === 'url')
    return isWebAddress(value) ? undefined : 'must be an http or https address'
  if (field.pattern && !new RegExp(`^(?:${field.pattern})$`).test(value))
    return 'has the wrong form'
  return undefined
}

/** Every fault of what is shown. */
export function faultsOf(
  fields: readonly Field[],
  values: FormValues,
  stored: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const faults = new Map<string, string>()
  for (const field of fields) {
    if (!isShown(field, fields, values)) continue
    const fault = faultOf(field, values, stored)
    if (fault !== undefined) faults.set(field.key, fault)
  }
  return faults
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:')
}

/** Settings as the hub shows them, ready for a form: what is masked is empty there, and known to be stored. */
export function toForm(settings: Readonly<Record<string, string | null>>): {
  readonly values: FormValues
  readonly stored: ReadonlySet<string>
} {
  const entries = Object.entries(settings)
  return {
    values: Object.fromEntries(
      entries.filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== MASK),
    ),
    stored: new Set(entries.filter(([, value]) => value === MASK).map(([key]) => key)),
  }
}

/** What is sent: a secret that was left alone is left out, and so keeps its value. */
export function toSettings(fields: readonly Field[], values: FormValues): Record<string, string> {
  const sent: Record<string, string> = {}
  for (const field of fields) {
    if (!isShown(field, fields, values)) continue
    const value = (values[field.key] ?? '').trim()
    if (value !== '' || !field.secret) sent[field.key] = value
  }
  return sent
}

/** `settings.token` and `token` name the same field. */
export function keyOfFault(field: string): string {
  return field.replace(/^settings\./, '')
}

/** What the hub finds fault with, by the field's key. */
export function faultMap(faults: readonly FieldFault[]): ReadonlyMap<string, string> {
  return new Map(faults.map(({ field, problem }) => [keyOfFault(field), problem]))
}
