import { lookup as resolve } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { TransportError } from '../core/errors.ts'
import type { TargetGuard } from '../core/http.ts'
import { type CarriedV4, carriedV4, SPECIAL_V4, SPECIAL_V6 } from './special-ranges.ts'

/**
 * Refuses special-purpose addresses. `allowed` are CIDRs that may be reached all the same. An IPv6 address that carries an
 * IPv4 one is let through only where both may be reached: opening NAT64's range opens no private network behind it.
 * Throws RangeError on a CIDR that can't be read.
 */
export function createTargetGuard(allowed: readonly string[]): TargetGuard {
  return createGuard(createJudge(allowed))
}

function createGuard(isRefused: (address: string) => boolean): TargetGuard {
  return {
    assertHost(hostname) {
      const host = hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) !== 0 && isRefused(host)) throw refusal()
    },
    narrowed(list) {
      if (!list) return this
      const isRefusedToo = createJudge(list)
      return createGuard((address) => isRefused(address) || isRefusedToo(address))
    },
    lookup(hostname, options, callback) {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, '', 0)
        if (addresses.some(({ address }) => isRefused(address))) return callback(refusal(), '', 0)
        if (options.all) return callback(null, addresses)
        const [first] = addresses
        if (first) callback(null, first.address, first.family)
        else callback(new TransportError('ENOTFOUND', 'not-sent'), '', 0)
      })
    },
  }
}

function createJudge(allowed: readonly string[]): (address: string) => boolean {
  const denied = toBlockList([...SPECIAL_V4, ...SPECIAL_V6])
  const excepted = toBlockList(allowed)
  const isV4Refused = (address: string): boolean =>
    denied.check(address) && !excepted.check(address)
  /** An exception that is longer than the way to the IPv4 address says something of that, too. */
  const isNamed = (address: string, { at }: CarriedV4): boolean =>
    toBlockList(
      allowed.filter((cidr) => parseCidr(cidr).family === 'ipv6' && parseCidr(cidr).prefix > at),
    ).check(address, 'ipv6')
  return (text) => {
    const [address = ''] = text.split('%')
    const version = isIP(address)
    if (version !== 6) return version !== 4 || isV4Refused(address)
    if (denied.check(address, 'ipv6') && !excepted.check(address, 'ipv6')) return true
    return carriedV4(address).some(
      (carried) => isV4Refused(carried.address) && !isNamed(address, carried),
    )
  }
}

function refusal(): TransportError {
  return new TransportError('HUB_PRIVATE_TARGET', 'not-sent')
}

/** A BlockList checks IPv4-mapped IPv6 addresses (`::ffff:10.0.0.1`) against its IPv4 subnets by itself. */
function toBlockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const { address, prefix, family } = parseCidr(cidr)
    list.addSubnet(address, prefix, family)
  }
  return list
}

export function parseCidr(cidr: string): {
  address: string
  prefix: number
  family: 'ipv4' | 'ipv6'
} {
  const [address = '', bits, ...rest] = cidr.trim().split('/')
  const version = isIP(address)
  const longest = version === 6 ? 128 : 32
  const prefix = bits === undefined ? longest : Number(bits)
  const isValid = (bits === undefined || /^\d{1,3}$/.test(bits)) && prefix <= longest
  // A zone (`fe80::1%eth0`) names an interface of this machine, not a network.
  if (version === 0 || address.includes('%') || rest.length > 0 || !isValid) {
    throw new RangeError(`"${cidr}" is not a CIDR such as 10.0.0.0/8`)
  }
  return { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' }
}
