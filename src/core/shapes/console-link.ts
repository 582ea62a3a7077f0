import { z } from 'zod'
import { isRecord } from '../json.ts'
import { LANGUAGES } from '../language.ts'
import { lineParams } from '../line-params.ts'

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

/** As browsers write them: nothing else may get into the policy of a page. */
function isOrigin(text: string): boolean {
  return ORIGIN.test(text) && URL.parse(text)?.origin === text
}

/** URL takes names with `*`, `;` and `,`, which mean something of their own in a policy. */
const ORIGIN = /^https?:\/\/(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
