import { z } from 'zod'

/**
 * Shapes: what portals read, as zod schemas. The OpenAPI document, the client's types and the tests' check of real answers
 * are all made from these. They are strict, so that a test sees a field that nobody has described; the document leaves them
 * open, for portals have to pass over fields they don't know.
 */

/** ISO 8601 UTC with milliseconds. */
export const instant = z.iso.datetime({ precision: 3 })
/** A text that says something: what is unknown is left out, never empty. */
export const said = z.string().min(1)
export const count = z.int().min(0)
export const isTrue = z.literal(true)

/** Ids of the hub's own. */
export const portalId = z.string().startsWith('prt_')
export const eventIdShape = z.string().startsWith('evt_')
export const outIdShape = z.string().startsWith('out_')
export const packetIdShape = z.string().startsWith('pkt_')

/** Some of these texts, and more may come: a portal must bear those it doesn't know. */
export function openEnum<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodType<T[number]> {
  return z.enum(values).meta({ isOpen: true })
}

/** Readonly all the way down: what is answered may be somebody's own, and nobody changes it. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T

/** `{ok}`: whether it was done. */
export const doneShape = z.strictObject({ ok: z.boolean() })
