import { z } from 'zod'
import { idText } from '../id-text.ts'
import { jsonObject } from '../json-form.ts'
import { isTimeZone } from '../time-zone.ts'
import { nameText } from './name-text.ts'

/** Fields that the methods of the communications share. */

export const MAX_PARAMS_BYTES = 64 * 1024
/** A hundred years, s: later than anybody means, and still a date. */
const MAX_SECONDS = 3_153_600_000

export const codeField = z
  .string()
  .regex(/^[a-z0-9_.-]{1,64}$/, 'must be 1 to 64 characters a-z 0-9 _ . -')
export const numberId = z.int().positive()
/** A script, trigger or broadcast by its code or its number. */
export const reference = z.union([codeField, numberId], 'must be a code (a-z 0-9 _ . -) or an id')
export const nameField = nameText(255)
export const leadField = numberId.describe("a recipient's number")
export const personField = idText(128)
export const tagField = idText(64)
export const tagsField = z.array(tagField).max(100)
export const newTagsField = z.array(nameText(64)).max(100)
export const keyField = idText(128)
export const paramsField = jsonObject(MAX_PARAMS_BYTES)
export const seconds = z.number().min(0).max(MAX_SECONDS)
export const periodField = z
  .number()
  .min(60, 'must be at least 60 seconds')
  .max(MAX_SECONDS)
  .describe('seconds')
export const timeZoneField = z
  .string()
  .refine(isTimeZone, 'is no time zone: give a name such as Europe/Moscow')
export const conditionField = z
  .string()
  .max(64 * 1024)
  .refine((code) => code.trim() !== '', 'is empty')
  .describe('the body of a JavaScript function')

/** ISO 8601 with `Z` or an offset; without one nobody knows which noon is meant. */
export const isoInstant = z
  .string()
  .refine(
    (text) => readIsoInstant(text) !== undefined,
    'must be an instant such as 2030-01-31T09:00:00Z',
  )
  .describe('ISO 8601 with Z or an offset')

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)$/i

/** Epoch ms of 1970 to 9999; undefined for anything else, such as 30 February. */
export function readIsoInstant(text: string): number | undefined {
  const parts = ISO.exec(text)
  if (!parts) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0))
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
  if (!isDate || hour > 23 || minute > 59 || second > 59) return undefined
  const at = Date.parse(text.toUpperCase().replace(',', '.'))
  return at >= 0 && at < LATEST ? at : undefined
}

/** The year 10000. */
const LATEST = 253_402_300_800_000

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** A rule over several fields that is told together with the faults of single ones. */
export function rule<T extends object>(
  isMet: (params: Record<string, unknown>) => boolean,
  message: string,
  field?: string,
): (schema: z.ZodType<T>) => z.ZodType<T> {
  return (schema) =>
    schema.refine((value) => isMet(value as Record<string, unknown>), {
      message,
      ...(field === undefined ? {} : { path: [field] }),
      when: ({ value }) => typeof value === 'object' && value !== null,
    })
}

export function countOf(params: Record<string, unknown>, names: readonly string[]): number {
  return names.filter((name) => params[name] !== undefined).length
}

export const pageParams = {
  limit: z.int().min(1).max(500).optional(),
  cursor: z.string().min(1).max(255).optional(),
}

export function pageShape<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), cursor: z.string().exactOptional() })
}
