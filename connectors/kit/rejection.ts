import { DeliveryError } from '#core/errors.ts'

/**
 * This message, file or call can't be had or done, now or later, and nothing was sent. `channelCode`: the channel's, or one
 * that begins with `HUB_`.
 */
export function rejection(message: string, channelCode: string, cause?: unknown): DeliveryError {
  const fault = { disposition: 'reject', outcome: 'not-sent', channelCode } as const
  return new DeliveryError(message, fault, cause === undefined ? {} : { cause })
}
