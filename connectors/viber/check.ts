import type { CallContext } from '#core/connector.ts'
import type { ChannelFinding } from '#core/health.ts'
import type { Line } from '#core/line.ts'
import { findAtChannel, otherThanApi, webhookFindings } from '#kit/health.ts'
import { textFields } from '#kit/json-answer.ts'
import { callApi, type Outside } from './client.ts'
import type { ViberSettings } from './settings.ts'

/** One call tells of the token, the account and its one webhook. Throws as `callApi`. */
export function checkLine(
  outside: Outside,
  { settings, webhookUrl }: Line<ViberSettings>,
  { signal }: CallContext,
): Promise<readonly ChannelFinding[]> {
  return findAtChannel({ signal }, async () => {
    const ask = { method: 'get_account_info', body: {} }
    const answer = await callApi(outside, settings, ask, { signal })
    if (textFields(answer)('id') === '') {
      throw otherThanApi('Viber answered get_account_info without the account')
    }
    // An account without a webhook has no such field.
    return webhookFindings(answer['webhook'] ?? '', webhookUrl)
  })
}
