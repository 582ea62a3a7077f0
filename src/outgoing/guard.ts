import { lookup as resolve } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { TransportError } from '../core/errors.ts'
import type { TargetGuard } from '../core/http.ts'

/** IANA special-purpose registries (RFC 6890 and its updates): none of these is a public service. */
const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** `::/96`, `64:ff9b::/96`, `2002::/16` and `2001::/32` carry IPv4 addresses inside and could reach the above through a gateway. */
const PRIVATE_V6 = [
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

/** `allowed` are CIDRs that may be reached although private. Throws RangeError on one that can't be read. */
export function createTargetGuard(allowed: readonly string[]): TargetGuard {
  const denied = toBlockList([...PRIVATE_V4, ...PRIVATE_V6])
  const excepted = toBlockList(allowed)
  const isRefused = (address: string): boolean => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    return denied.check(address, family) && !excepted.check(address, family)
  }
  return {
    assertHost(hostname) {
      const host = hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) !== 0 && isRefused(host)) throw refusal()
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
