/**
 * The IANA IPv4 special-purpose registry, multicast, and the address by which Azure's machines reach their host. None of
 * these is a public service. https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]

/**
 * The IPv6 one (https://www.iana.org/assignments/iana-ipv6-special-registry), multicast, and what is out of use. `::/96`
 * holds `::` and `::1`, `2001::/23` Teredo. `::ffff:0:0/96` is absent: those are IPv4 addresses, and judged as such.
 */
export const SPECIAL_V6 = [
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

/** Ranges whose addresses hold an IPv4 address, which a gateway may deliver to, from the bit `at` on. */
const CARRIERS: readonly { prefix: readonly number[]; at: number; isInverted?: true }[] = [
  { prefix: [0, 0, 0, 0, 0, 0], at: 96 },
  { prefix: [0, 0, 0, 0, 0xffff, 0], at: 96 },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 96 },
  { prefix: [0x2002], at: 16 },
  // Teredo: the server's address, and the client's with every bit turned over.
  { prefix: [0x2001, 0], at: 32 },
  { prefix: [0x2001, 0], at: 96, isInverted: true },
]

export interface CarriedV4 {
  readonly address: string
  /** The bit of the IPv6 address at which it begins. */
  readonly at: number
}

/** The IPv4 addresses inside a valid IPv6 one without a zone. Mapped ones (`::ffff:0:0/96`) are not among them. */
export function carriedV4(address: string): CarriedV4[] {
  const groups = toGroups(address)
  const carriers = CARRIERS.filter(({ prefix }) => prefix.every((one, i) => groups[i] === one))
  // ISATAP: the last 64 bits are `[02]00:5efe` and the address, behind any prefix.
  const isIsatap = groups[5] === 0x5efe && (groups[4] === 0 || groups[4] === 0x200)
  return [...carriers, ...(isIsatap ? [{ at: 96, isInverted: undefined }] : [])].map(
    ({ at, isInverted }) => {
      const mask = isInverted ? 0xffff : 0
      const pair = groups.slice(at / 16, at / 16 + 2).map((group) => group ^ mask)
      return { address: pair.flatMap((group) => [group >> 8, group & 0xff]).join('.'), at }
    },
  )
}

/** Eight numbers of 16 bits. URL writes any valid address in one form, without dotted quads. */
function toGroups(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const [before, after] = [head, tail ?? ''].map((text) => (text === '' ? [] : text.split(':')))
  const gap = tail === undefined ? 0 : 8 - (before?.length ?? 0) - (after?.length ?? 0)
  const all = [...(before ?? []), ...Array<string>(gap).fill('0'), ...(after ?? [])]
  return all.map((group) => Number.parseInt(group, 16))
}
