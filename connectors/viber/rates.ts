import type { SendRates } from '#core/connector.ts'

/**
 * Viber names no rate for single messages; that of broadcasts (500 requests in 10 s) is kept for all. That a person may
 * get only 100 messages in an hour without answering is no rate: status 12 says so, and an answer ends it.
 */
export const VIBER_RATES: SendRates = {
  line: [{ count: 500, perMs: 10_000 }],
  chat: () => [],
}
