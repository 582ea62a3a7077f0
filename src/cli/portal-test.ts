import type { PacketAddress } from '../core/packet.ts'
import type { Services } from '../services.ts'
import { CommandError, print, withServices } from './context.ts'

/** Of a portal that has no line yet. The number is no line's, so that nothing is made for it. */
const NO_LINE: PacketAddress = { lineId: 0, connector: 'telegram', externalLine: '0' }

/** Says whether the portal answers and believes the hub; throws CommandError with what to do where it doesn't. */
export async function testPortal(id: string, isJson: boolean): Promise<void> {
  const tested = await withServices(async (services) => {
    const portal = await services.portalRepository.find(id, services.clock.now())
    if (!portal) throw new CommandError(`there is no portal ${id}`)
    const address = await anyLine(services, id)
    const result = await services.speakers.test(portal, address, services.stopping.signal)
    return { ...result, url: portal.url }
  })
  if (isJson) print(true, tested, '')
  if (!tested.ok) {
    const { message } = tested.error
    throw new CommandError(`portal ${id} at ${tested.url}: ${message}${hintOf(message)}`)
  }
  if (!isJson) {
    print(false, tested, `Portal ${id} answers and believes the hub (${tested.latencyMs} ms).`)
  }
}

async function anyLine({ lineRepository }: Services, portalId: string): Promise<PacketAddress> {
  const [line] = await lineRepository.page({ portalId, after: 0, limit: 1 })
  if (!line) return NO_LINE
  return { lineId: line.id, connector: line.connector, externalLine: line.externalId }
}

/** What the system's words for a failed connection mean. */
const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  ECONNREFUSED: 'nobody listens there',
  ETIMEDOUT: 'nobody answers there: is a firewall in between?',
  ECONNRESET: 'the connection was cut off',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate lacks those in between: the server must send the whole chain',
}

function hintOf(message: string): string {
  const code = Object.keys(HINTS).find((one) => message.includes(one))
  return code === undefined ? '' : ` (${HINTS[code]})`
}
