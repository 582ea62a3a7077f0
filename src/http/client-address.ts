import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Where a proxy of the hub's own stands as long as nobody says otherwise: on the same machine, or in the same network. */
const NEAR = [
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
  ...['::1/128', 'fc00::/7', 'fe80::/10'],
]
/** A header may name thousands of hops; only who forges one writes so many. */
const MAX_HOPS = 20

/** The proxies whose word in `X-Forwarded-For` is believed. */
export class TrustedProxies {
  readonly #list = new BlockList()

  /** Addresses and CIDRs; loopback, private and link-local ones if absent. */
  constructor(trusted: readonly string[] = NEAR) {
    for (const entry of trusted) {
      const [address = '', prefix] = entry.split('/')
      const family = familyOf(address)
      if (!family) continue
      if (prefix === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(prefix), family)
    }
  }

  has(address: string): boolean {
    const family = familyOf(address)
    return family !== undefined && this.#list.check(address, family)
  }

  /**
   * Who sends a request, as far as that can be told. Each proxy adds the address it was asked from at the end of the header, so
   * it is read from there, and only for as long as a trusted proxy has written what stands there: whatever stands before that
   * anybody can have written. `undefined`: everybody comes through the same proxy, which doesn't say.
   */
  clientOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string | undefined {
    const { remoteAddress = '' } = socket
    if (!this.has(remoteAddress)) return remoteAddress
    const given = headers['x-forwarded-for'] ?? ''
    const hops = (Array.isArray(given) ? given.join(',') : given).split(',')
    let client: string | undefined
    for (const hop of hops.slice(-MAX_HOPS).reverse()) {
      const address = readHop(hop)
      if (address === undefined) return client
      client = address
      if (!this.has(address)) return client
    }
    return client
  }
}

/** An address as proxies write it, some with a port; undefined for what is none. */
function readHop(hop: string): string | undefined {
  const text = hop.trim()
  if (familyOf(text)) return text
  const [, six, four] =
    /^(?:\[([^\]]{1,60})\](?::\d{1,5})?|([\d.]{7,15}):\d{1,5})$/.exec(text) ?? []
  const address = six ?? four ?? ''
  return familyOf(address) && address
}

/** Of an address without a zone (`fe80::1%eth0`): block lists throw at one, and it means something on this machine alone. */
function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = address.includes('%') ? 0 : isIP(address)
  return version === 0 ? undefined : version === 6 ? 'ipv6' : 'ipv4'
}
