import { systemClock } from '../../src/core/clock.ts'
import type { ConnectorDescriptor, SendContext } from '../../src/core/connector.ts'
import { given } from '../../src/core/given.ts'
import type { OutgoingRequest } from '../../src/core/http.ts'
import type { OutboundMessage, Receipt } from '../../src/core/message.ts'
import { readSettings } from '../../src/core/settings.ts'
import { FileSource } from '../../src/files/source.ts'
import { createChannelClient } from '../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../src/outgoing/guard.ts'
import { NOTHING_KEPT } from '../helpers/nothing-kept.ts'
import type { ContractFault } from './kit.ts'
import { kits } from './kits.ts'

/** A connector that sends to its fake, and what it has sent. */
export interface ChannelBench extends AsyncDisposable {
  /** Every request of the connector's, in order. */
  readonly requests: readonly OutgoingRequest[]
  fail(fault: ContractFault): void
  send(message: OutboundMessage): Promise<Receipt>
}

/** Throws if the connector has no kit. */
export async function openChannel(descriptor: ConnectorDescriptor): Promise<ChannelBench> {
  const kit = kits[descriptor.id] ?? kits[descriptor.parent ?? '']
  if (!kit) throw new Error(`connector ${descriptor.id} has no kit`)
  const channel = await kit.open(descriptor.id)
  const guard = createTargetGuard(['127.0.0.0/8'])
  const http = createChannelClient(guard)
  const files = new FileSource(guard)
  const requests: OutgoingRequest[] = []
  const ignore = (): void => undefined
  const connector = descriptor.create({
    http: {
      request(request) {
        requests.push(request)
        return http.request(request)
      },
    },
    files,
    ...NOTHING_KEPT,
    ...channel.kept,
    clock: systemClock,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  })
  const line = {
    id: 1,
    connector: descriptor.id,
    settings: descriptor.parseSettings(readSettings(descriptor.fields, channel.settings)),
    webhookSecret: 'webhook-secret-of-the-contract-0',
    webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
  }
  const call: SendContext = {
    out: 'out_1',
    attempt: 1,
    done: [],
    partSent: async () => undefined,
    signal: new AbortController().signal,
    ...given({ conversation: channel.conversation }),
  }
  return {
    requests,
    fail: (fault) => channel.fail(fault),
    send: (message) => connector.send(channel.chatId, message, line, call),
    async [Symbol.asyncDispose]() {
      http.close()
      await files.close()
      await channel[Symbol.asyncDispose]()
    },
  }
}
