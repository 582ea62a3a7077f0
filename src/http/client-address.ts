import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Where a proxy of the hub's own stands: on the same machine or in the same network. */
const NEAR = nearby()

/**
 * Who sends a request, as far as that can be told: behind a proxy of one's own it is the last address of `X-Forwarded-For`,
 * the only one that the proxy itself has written. `undefined`: everybody comes through the same proxy, which doesn't say.
 */
export function clientAddress({ socket, headers }: IncomingMessage): string | undefined {
  const { remoteAddress = '' } = socket
  if (!isNear(remoteAddress)) return remoteAddress
  const list = headers['x-forwarded-for']
  const last = (Array.isArray(list) ? list.at(-1) : list)?.split(',').at(-1)?.trim() ?? ''
  return isIP(last) ? last : undefined
}

/** Loopback, private and link-local addresses. */
export function isNear(address: string): boolean {
  const version = isIP(address)
  return version > 0 && NEAR.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

function nearby(): BlockList {
  const list = new BlockList()
  list.addSubnet('127.0.0.0', 8)
  list.addSubnet('10.0.0.0', 8)
  list.addSubnet('172.16.0.0', 12)
  list.addSubnet('192.168.0.0', 16)
  list.addSubnet('169.254.0.0', 16)
  list.addAddress('::1', 'ipv6')
  list.addSubnet('fc00::', 7, 'ipv6')
  list.addSubnet('fe80::', 10, 'ipv6')
  return list
}
