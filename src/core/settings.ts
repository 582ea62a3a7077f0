import { hash, randomBytes } from 'node:crypto'
import { type FieldFault, SettingsError } from './errors.ts'
import { isRecord } from './json.ts'
import type { Words } from './language.ts'
import { linesProblem } from './shapes/name-text.ts'

/**
 * One field of a connector's settings, as data: it drives validation, masking, encryption, log redaction and the
 * portal's form.
 */
export interface SettingField {
  readonly key: string
  readonly label: string
  /** `url`: an absolute http(s) address; `select`: one of `options`; `list`: comma-separated text. */
  readonly type: 'text' | 'url' | 'select' | 'list'
  readonly required: boolean
  /** Encrypted at rest, masked in answers, never logged. */
  readonly secret: boolean
  readonly default?: string
  /** Of a `url`: further addresses of the channel's own, besides the default. */
  readonly vendorUrls?: readonly string[]
  readonly help?: string
  /** A regular expression the whole value must match. */
  readonly pattern?: string
  readonly options?: readonly string[]
  /** What people read instead of an option's value; an option that isn't named here is shown as it is. */
  readonly optionLabels?: Readonly<Record<string, Words>>
  /** Fields that most people leave alone; a form shows them apart. Absent: the ones that everybody fills in. */
  readonly group?: 'advanced'
  /** Only asked for while another field has one of these values; its default counts as its value. */
  readonly showIf?: { readonly field: string; readonly equals: readonly string[] }
  /** Where the value is found or read about. */
  readonly link?: { readonly url: string; readonly label: Words }
  /** The label and the help in Russian; what is absent is shown in English. */
  readonly ru?: { readonly label: string; readonly help?: string }
  /** Says nothing of who or where the account is: changing it needs no new testConnect. */
  readonly isCosmetic?: true
  /** Made by the hub when it is left out, and kept from then on: something random that a person enters at the channel. */
  readonly isGenerated?: true
  /** Of a portal's dialect: what such a portal's calls name it by. One portal of a dialect has a value; at most 180 characters. */
  readonly isIdentifier?: true
}

/** Settings as stored: every value is text. */
export type SettingValues = Readonly<Record<string, string>>

export const MASK = '••••'
const MAX_VALUE_LENGTH = 4096

/**
 * Checks raw settings against the fields, fills in defaults, and lays them over what is stored: a secret that is left
 * out (or comes back as its mask) keeps its stored value. Throws SettingsError with every fault.
 */
export function readSettings(
  fields: readonly SettingField[],
  raw: unknown,
  stored: SettingValues = {},
): SettingValues {
  if (!isRecord(raw)) throw new SettingsError([{ field: 'settings', problem: 'must be an object' }])
  const faults: FieldFault[] = []
  const known = new Set(fields.map((field) => field.key))
  for (const key of Object.keys(raw)) {
    if (!known.has(key)) faults.push({ field: key, problem: 'unknown field' })
  }
  const values: Record<string, string> = {}
  for (const field of fields) {
    const value = pick(field, raw[field.key], stored)
    const problem = checkField(field, value)
    if (problem !== undefined) faults.push({ field: field.key, problem })
    else if (typeof value === 'string' && value !== '') values[field.key] = value
  }
  if (faults.length > 0) throw new SettingsError(faults)
  return values
}

/**
 * Who says whose account it is: empty for the channel's own API, otherwise a short name of the addresses that were put in
 * its place. What an address of a portal's choosing says is no reason to take an account from another portal.
 */
export function voucherOf(fields: readonly SettingField[], values: SettingValues): string {
  const foreign = foreignAddresses(fields, values)
  return foreign.length === 0 ? '' : hash('sha256', foreign.join('\n'), 'base64url').slice(0, 22)
}

/** Addresses that stand in the place of the channel's own, as `field=address`. */
export function foreignAddresses(
  fields: readonly SettingField[],
  values: SettingValues,
): readonly string[] {
  return fields.flatMap(({ key, type, isCosmetic, default: standard, vendorUrls = [] }) => {
    const value = values[key]
    if (type !== 'url' || isCosmetic || value === undefined) return []
    const url = normalUrl(value)
    const own = [standard ?? '', ...vendorUrls].map(normalUrl)
    return own.includes(url) ? [] : [`${key}=${url}`]
  })
}

/**
 * Stored secrets that would be sent to another address than the one they were entered for: whoever may change the address, but
 * was never told the secret, must not get it that way. They are to be entered again.
 */
export function secretsOnTheMove(
  fields: readonly SettingField[],
  raw: Readonly<Record<string, unknown>>,
  stored: SettingValues,
): readonly FieldFault[] {
  const next = Object.fromEntries(
    fields.flatMap((field) => {
      const value = pick(field, raw[field.key], stored)
      return typeof value === 'string' ? [[field.key, value]] : []
    }),
  )
  const known = new Set(foreignAddresses(fields, stored))
  const moved = foreignAddresses(fields, next).find((address) => !known.has(address))
  if (moved === undefined) return []
  const [changed] = moved.split('=')
  const kept = fields.filter(({ key, secret, isGenerated }) => {
    const isLeftAlone =
      next[key] !== undefined && next[key] === stored[key] && raw[key] !== stored[key]
    return secret && !isGenerated && isLeftAlone
  })
  return kept.map(({ key }) => ({
    field: key,
    problem: `is to be entered again, for ${changed} has changed`,
  }))
}

function normalUrl(url: string): string {
  return (URL.parse(url)?.href ?? url).replace(/\/+$/, '')
}

function pick(field: SettingField, value: unknown, stored: SettingValues): unknown {
  const isLeftOut = value === undefined || value === null || value === ''
  if (field.isGenerated && isLeftOut) return stored[field.key] ?? randomBytes(24).toString('hex')
  if (field.secret && (isLeftOut || value === MASK)) return stored[field.key]
  if (isLeftOut) return field.default
  return typeof value === 'string' ? value.trim() : value
}

function checkField(field: SettingField, value: unknown): string | undefined {
  if (value === undefined) return field.required ? 'is required' : undefined
  if (typeof value !== 'string') return 'must be text'
  if (value.length > MAX_VALUE_LENGTH) return `is longer than ${MAX_VALUE_LENGTH} characters`
  if (field.options && !field.options.includes(value)) {
    return `must be one of ${field.options.join(', ')}`
  }
  if (field.type === 'url') return checkUrl(value)
  const problem = field.secret ? undefined : linesProblem(value)
  if (problem !== undefined) return problem
  if (field.pattern && !new RegExp(`^(?:${field.pattern})$`).test(value)) {
    return field.help ? `has the wrong form: ${field.help}` : 'has the wrong form'
  }
  return undefined
}

function checkUrl(value: string): string | undefined {
  const url = URL.parse(value)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'must be an http or https address'
  }
  if (url.username || url.password) return 'must not hold a user name or password'
  return undefined
}

/** Settings as they may be shown: a stored secret is a mask, an empty one null. */
export function maskSettings(
  fields: readonly SettingField[],
  values: SettingValues,
): Record<string, string | null> {
  const shown: Record<string, string | null> = {}
  for (const field of fields) {
    const value = values[field.key]
    if (field.secret) shown[field.key] = value === undefined ? null : MASK
    else if (value !== undefined) shown[field.key] = value
  }
  return shown
}

/** About how many bytes they take in memory. */
export function sizeOfSettings(values: SettingValues): number {
  return Object.entries(values).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
}
