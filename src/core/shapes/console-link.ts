import { z } from 'zod'
import { isRecord } from '../json.ts'
import { LANGUAGES } from '../language.ts'
import { lineParams } from '../line-params.ts'
import { isOrigin } from '../origin.ts'

const MIN_TTL_S = 60
const MAX_TTL_S = 3600
const DEFAULT_TTL_S = 600
const MAX_ORIGINS = 10
const MAX_ORIGIN = 300

const origin = z
  .string()
  .max(MAX_ORIGIN)
  .refine(isOrigin, 'must be an origin such as https://crm.example.com, without a path')

/** What `createConsoleLink` takes. */
export const consoleLinkParams = z
  .strictObject({
    connector: lineParams.connector.optional().describe('where the console begins'),
    line: lineParams.line
      .optional()
      .describe('with connector: the session is about this line alone, which need not exist yet'),
    language: z.enum(LANGUAGES).optional(),
    ttlSec: z.int().min(MIN_TTL_S).max(MAX_TTL_S).default(DEFAULT_TTL_S),
    embedIn: z
      .array(origin)
      .max(MAX_ORIGINS)
      .optional()
      .describe('origins that may show the console in a frame'),
  })
  .refine(namesConnector, {
    path: ['connector'],
    error: 'is needed with line',
    // Beside the faults of the other fields.
    when: () => true,
  })

function namesConnector(value: unknown): boolean {
  return !isRecord(value) || value['line'] === undefined || value['connector'] !== undefined
}
