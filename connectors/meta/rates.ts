import type { SendRates } from '#core/connector.ts'

/** Of text: https://developers.facebook.com/docs/graph-api/overview/rate-limiting#messenger */
export const MESSAGING_RATES: SendRates = { line: [{ count: 300, perMs: 1000 }], chat: () => [] }
