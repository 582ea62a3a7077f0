import type { SendRates } from '#core/connector.ts'

const MINUTE_MS = 60_000

/**
 * One message a second in a conversation; of all conversations together Slack says “several hundred per minute”.
 * https://docs.slack.dev/apis/web-api/rate-limits
 */
export const SLACK_RATES: SendRates = {
  line: [{ count: 200, perMs: MINUTE_MS }],
  chat: () => [{ count: 1, perMs: 1000 }],
}
