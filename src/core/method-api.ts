import type { z } from 'zod'

/** A remote method as the OpenAPI document shows it; its params are checked by the very schema. */
export interface MethodApi<P = unknown, R = unknown> {
  /** One line. */
  readonly summary: string
  readonly params: z.ZodType<P>
  /** The tests check every answer against it, strictly. */
  readonly result: z.ZodType<R>
}
