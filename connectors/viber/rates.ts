import type { SendRates } from '#core/connector.ts'

/**
 * Viber names no rate for single messages; that of broadcasts (500 requests in 10 s) is kept for all. That a person may
 * get 100 messages in an hour without an answer is no rate: status 12 tells it, and each answer ends it.
 */
export const VIBER_RATES: SendRates = {
  line: [{ count: 500, perMs: 10_000 }],
  chat: () => [],
}
