import { z } from 'zod'
import { LANGUAGES } from '../core/language.ts'
import { EMOJI_FORMATS, TEXT_FORMATS } from '../core/portal.ts'

/** What a portal is made of, as the operations take it; they say themselves which values are wrong. */

const formatBody = z.strictObject({
  text: z.enum([...TEXT_FORMATS, 'bitrix']).optional(),
  emoji: z.enum(EMOJI_FORMATS).optional(),
})

const common = {
  format: formatBody.optional(),
  language: z.enum(LANGUAGES).optional(),
  settings: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("by the dialect's fields; a secret that is left out keeps its value"),
  allow: z.string().optional().describe('private networks that it may reach: CIDRs, none, or all'),
  notificationRate: z.number().optional(),
  timeZone: z.string().optional(),
  dialogIdleMin: z.number().optional(),
}

export const newPortalBody = z.strictObject({
  name: z.string(),
  url: z.string(),
  dialect: z.string().optional(),
  ...common,
})

export const portalChangeBody = z
  .strictObject({ name: z.string().optional(), url: z.string().optional(), ...common })
  .refine((body) => Object.keys(body).length > 0, {
    path: ['body'],
    error: 'names nothing that is to be changed',
  })
