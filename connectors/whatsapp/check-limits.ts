import type { ChannelFinding } from '#core/health.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { findingWords } from '#kit/health.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import type { CloudSettings, WhatsAppSettings } from './settings.ts'

/** States of a number in which not all goes through. Others come and go, or are new: a number in use has `CONNECTED`. */
const BAD_STATES: readonly string[] = [
  ...['FLAGGED', 'RESTRICTED', 'RATE_LIMITED', 'BANNED', 'DISCONNECTED', 'DELETED', 'MIGRATED'],
  ...['PENDING', 'UNVERIFIED', 'OFFLINE'],
]

/** What Meta holds against the number, all in one finding: they go together. */
export function readLimits(
  number: Record<string, unknown>,
  line: Line<WhatsAppSettings>,
  { accessToken, appSecret }: CloudSettings,
): readonly ChannelFinding[] {
  const text = textFields(number)
  const notes = [
    ...(BAD_STATES.includes(text('status')) ? [`status ${text('status')}`] : []),
    ...(text('quality_rating') === 'RED' ? ['quality rating RED'] : []),
    ...readHealth(number['health_status']),
  ]
  if (notes.length === 0) return []
  return [
    {
      code: 'channel_limits',
      words: findingWords(notes.join('; '), line, [accessToken, appSecret]),
    },
  ]
}

/**
 * Number, account, business and app each may be held up: https://developers.facebook.com/docs/whatsapp/cloud-api/health-status.
 * `LIMITED` says little by itself: every account that isn't verified is.
 */
function readHealth(health: unknown): readonly string[] {
  const entities = isRecord(health) ? listOf(health['entities']).filter(isRecord) : []
  return entities
    .filter((entity) => entity['can_send_message'] === 'BLOCKED')
    .map((entity) => {
      const [error] = listOf(entity['errors'])
      const told = textFields(error)
      const what = textFields(entity)('entity_type').toLowerCase()
      const words = [told('error_description'), told('possible_solution')].filter(Boolean)
      return [`${what} blocked`, ...words].join(': ')
    })
}
