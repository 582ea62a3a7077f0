import type { SendRates } from '#core/connector.ts'

/** A community's token may make 20 calls a second; error 6 tells when it was too many. Nothing is known per chat. */
export const VK_RATES: SendRates = {
  line: [{ count: 20, perMs: 1000 }],
  chat: () => [],
}
