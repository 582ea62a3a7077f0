import type { SendRates } from '#core/connector.ts'

/**
 * A number may send 80 messages a second. To one person it may send one in 6 s, or up to 45 at once and then nothing for
 * as long as these would have taken: https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits.
 * So 45 in the time that Meta counts for them. What Meta finds too much all the same it refuses with 131056, after which
 * the hub waits.
 */
export const WHATSAPP_RATES: SendRates = {
  line: [{ count: 80, perMs: 1000 }],
  chat: () => [{ count: 45, perMs: 45 * 6000 }],
}
