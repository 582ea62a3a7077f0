import { TransportError } from '../core/errors.ts'
import type { HttpClient } from '../core/http.ts'
import type { ChannelMeter } from '../core/meters.ts'

/** The same client, with each of its requests counted for a connector. */
export function measured(client: HttpClient, connector: string, meter: ChannelMeter): HttpClient {
  return {
    async request(request) {
      try {
        const response = await client.request(request)
        meter.channelCalled(connector, response.status)
        return response
      } catch (error) {
        meter.channelCalled(connector, error instanceof TransportError ? error.reason : 'UNKNOWN')
        throw error
      }
    },
  }
}
