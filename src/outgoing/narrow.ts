import { BlockList } from 'node:net'
import { parseCidr } from './guard.ts'

/** Why a CIDR can't stand in a portal's list; undefined if it can. */
export function checkCidr(cidr: string): string | undefined {
  try {
    if (!cidr.includes('/')) throw new RangeError()
    parseCidr(cidr)
    return undefined
  } catch {
    return 'is not a CIDR such as 10.0.0.0/8'
  }
}

/** Have two CIDRs an address in common? */
export function overlap(one: string, other: string): boolean {
  return contains(one, other) || contains(other, one)
}

/** The guard judges an IPv4 address as the IPv6 one that it is mapped to, too: `::ffff:10.0.0.1`. */
function contains(outer: string, inner: string): boolean {
  const { address, prefix, family } = parseCidr(outer)
  const { address: first, prefix: length, family: kind } = parseCidr(inner)
  const list = new BlockList()
  list.addSubnet(address, prefix, family)
  const offset = kind === 'ipv4' && family === 'ipv6' ? 96 : 0
  return prefix <= length + offset && list.check(first, kind)
}
