import { isRecord } from '../core/json.ts'
import type { Portal } from '../core/portal.ts'
import type { SettingField, SettingValues } from '../core/settings.ts'
import type { LineRecord } from '../db/lines/lines.ts'

/** A connector or a dialect, as far as its secrets go. */
export interface WithSecretFields {
  readonly id: string
  readonly fields: readonly SettingField[]
  derivedSecrets?(values: SettingValues, webhookSecret: string): readonly string[]
}

const SECRET_NAME = /secret|token|password|key$/i
/** What is shorter is more likely a word. */
const SHORTEST_ODD = 8
const WEBHOOK_PREFIX = 'whsec_'

/**
 * Everything in the configuration that is named like a secret, at any depth: keys, tokens, passwords, those that are added one
 * day among them. Also what an address has before its `@`.
 */
export function secretsOfProcess(config: object, ...more: readonly Buffer[]): string[] {
  return [...secretsIn(config, false), ...more.flatMap(formsOf)]
}

function secretsIn(value: unknown, isSecret: boolean): string[] {
  if (Buffer.isBuffer(value)) return isSecret ? formsOf(value) : []
  if (typeof value === 'string') return isSecret ? secretForms(value) : passwordIn(value)
  if (Array.isArray(value)) return value.flatMap((one) => secretsIn(one, isSecret))
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([name, one]) =>
    secretsIn(one, isSecret || SECRET_NAME.test(name)),
  )
}

function passwordIn(text: string): string[] {
  const password = text.includes('@') ? URL.parse(text)?.password : undefined
  return password ? [password, decoded(password)] : []
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What the pattern of the first covers, and bytes that are no text. */
function formsOf(bytes: Buffer): string[] {
  return [
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
}

/** A secret of packets is a name for bytes: `whsec_` and base64. */
export function secretForms(secret: string): string[] {
  if (!secret.startsWith(WEBHOOK_PREFIX)) return [secret]
  const encoded = secret.slice(WEBHOOK_PREFIX.length)
  return [secret, encoded, ...formsOf(Buffer.from(encoded, 'base64'))]
}

export function secretsOfPortal(
  { secrets, settings }: Portal,
  fields: readonly SettingField[],
): string[] {
  return [...secrets.flatMap(secretForms), ...secretsOfSettings(fields, settings)]
}

export function secretsOfLine(
  { webhookSecret, hash, settings }: Pick<LineRecord, 'webhookSecret' | 'hash' | 'settings'>,
  kind: WithSecretFields | undefined,
): string[] {
  return [
    webhookSecret,
    hash,
    ...secretsOfSettings(kind?.fields ?? [], settings),
    ...(kind?.derivedSecrets?.(settings, webhookSecret) ?? []),
  ]
}

/** Of settings as somebody has entered them, right or wrong. */
export function secretsEntered(
  settings: Readonly<Record<string, unknown>>,
  kind: WithSecretFields,
): string[] {
  const texts = Object.entries(settings).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value]] : [],
  )
  const values: SettingValues = Object.fromEntries(texts)
  const open = new Set(kind.fields.filter(({ secret }) => !secret).map(({ key }) => key))
  // Under a misspelt name it is a secret all the same, and so it is in a list.
  const odd = Object.entries(settings).flatMap(([key, value]) =>
    open.has(key) ? [] : stringsIn(value).filter(({ length }) => length >= SHORTEST_ODD),
  )
  const derived = kind.derivedSecrets?.(values, '') ?? []
  return [...secretsOfSettings(kind.fields, values), ...derived, ...odd]
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value ? Object.values(value).flatMap(stringsIn) : []
}

function secretsOfSettings(fields: readonly SettingField[], values: SettingValues): string[] {
  return fields.flatMap(({ key, secret }) => {
    const value = values[key]
    return secret && value !== undefined ? [value, value.trim()] : []
  })
}
