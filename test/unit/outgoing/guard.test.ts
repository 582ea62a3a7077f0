import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TransportError } from '../../../src/core/errors.ts'
import type { TargetGuard } from '../../../src/core/http.ts'
import { createTargetGuard, parseCidr } from '../../../src/outgoing/guard.ts'

function isRefused(guard: TargetGuard, hostname: string): boolean {
  try {
    guard.assertHost(hostname)
    return false
  } catch (error) {
    assert.ok(error instanceof TransportError)
    assert.equal(error.reason, 'HUB_PRIVATE_TARGET')
    assert.equal(error.outcome, 'not-sent')
    return true
  }
}

/** The way from a URL to the guard: literal addresses arrive as WHATWG URL writes them. */
function hostOf(url: string): string {
  return new URL(url).hostname
}

function lookup(guard: TargetGuard, hostname: string, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    guard.lookup(hostname, { all }, (error, address) => (error ? reject(error) : resolve(address)))
  })
}

describe('literal addresses', () => {
  const refused = [
    ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ...['0.0.0.0', '255.255.255.255', '127.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.0.0.1.'],
    ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:10.0.0.1]', '[::ffff:a9fe:a9fe]'],
    ...['[::127.0.0.1]', '[fe80::1]', '[fd00::1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]'],
  ]
  for (const host of refused) {
    it(`${host} is refused`, () => {
      assert.equal(isRefused(createTargetGuard([]), hostOf(`http://${host}/`)), true)
    })
  }
  for (const host of ['8.8.8.8', '149.154.167.220', '[2001:67c:4e8::1]', '[::ffff:8.8.8.8]']) {
    it(`${host} is let through`, () => {
      assert.equal(isRefused(createTargetGuard([]), hostOf(`http://${host}/`)), false)
    })
  }
  it('an allowed CIDR is let through, also as IPv4-mapped IPv6, and nothing beside it', () => {
    const guard = createTargetGuard(['127.0.0.0/8', 'fd00::/16'])
    assert.equal(isRefused(guard, '127.0.0.1'), false)
    assert.equal(isRefused(guard, '[::ffff:7f00:1]'), false)
    assert.equal(isRefused(guard, '[fd00::1]'), false)
    assert.equal(isRefused(guard, '[fd01::1]'), true)
    assert.equal(isRefused(guard, '10.0.0.1'), true)
    assert.equal(isRefused(guard, '[::1]'), true)
  })
})

describe('special-purpose ranges', () => {
  /** First and last address of each, and its neighbours outside; `-` where that is special, too. */
  const table: readonly [range: string, first: string, last: string, ...outside: string[]][] = [
    ['0/8', '0.0.0.0', '0.255.255.255', '1.0.0.0'],
    ['10/8', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
    ['100.64/10', '100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
    ['127/8', '127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
    ['168.63.129.16', '168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
    ['169.254/16', '169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
    ['172.16/12', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
    ['192.0.0/24', '192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
    ['192.0.2/24', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
    ['192.31.196/24', '192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
    ['192.52.193/24', '192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
    ['192.88.99/24', '192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
    ['192.168/16', '192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
    ['192.175.48/24', '192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
    ['198.18/15', '198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
    ['198.51.100/24', '198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
    ['203.0.113/24', '203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
    ['224/4', '224.0.0.0', '239.255.255.255', '223.255.255.255'],
    ['240/4', '240.0.0.0', '255.255.255.255'],
    ['::/96', '::', '::ffff:ffff', '::1:0:0'],
    ['::1', '::1', '::1'],
    ['mapped', '::ffff:127.0.0.1', '::ffff:255.255.255.255', '::ffff:8.8.8.8'],
    ['translated', '::ffff:0:0:0', '::ffff:0:ffff:ffff', '::ffff:1:0:0'],
    ['64:ff9b::/96', '64:ff9b::', '64:ff9b::ffff:ffff', '64:ff9b::1:0:0', '64:ff9a::'],
    ['64:ff9b:1::/48', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', '64:ff9b:2::'],
    ['100::/64', '100::', '100::ffff:ffff:ffff:ffff', 'ff::'],
    ['100:0:0:1::/64', '100:0:0:1::', '100::1:ffff:ffff:ffff:ffff', '100:0:0:2::'],
    ['2001::/23', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2000::', '2001:200::'],
    ['2001:db8::/32', '2001:db8::', '2001:db8:ffff::', '2001:db7::', '2001:db9::'],
    ['2002::/16', '2002::', '2002:ffff:ffff::', '2003::'],
    ['2002::/16 of a public address', '2002:808:808::1', '2002:909:909::1'],
    ['2620:4f:8000::/48', '2620:4f:8000::', '2620:4f:8000:ffff::', '2620:4f:7fff::'],
    ['3fff::/20', '3fff::', '3fff:fff:ffff::', '3ffe::', '3fff:1000::'],
    ['5f00::/16', '5f00::', '5f00:ffff::', '5eff::', '5f01::'],
    ['fc00::/7', 'fc00::', 'fdff:ffff::', 'fbff::', 'fe00::'],
    ['fe80::/10', 'fe80::', 'febf:ffff::', 'fe7f::'],
    ['fec0::/10', 'fec0::', 'feff:ffff::'],
    ['ff00::/8', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['ISATAP', '2a00::5efe:10.0.0.1', '2a00::200:5efe:127.0.0.1', '2a00::5efe:8.8.8.8'],
  ]
  const guard = createTargetGuard([])
  for (const [range, first, last, ...outside] of table) {
    it(`${range} is refused from end to end, and nothing beside it`, () => {
      for (const address of [first, last]) assert.equal(isRefused(guard, address), true, address)
      for (const address of outside) assert.equal(isRefused(guard, address), false, address)
    })
  }

  it('an address with a zone is judged without it', () => {
    assert.equal(isRefused(guard, 'fe80::1%eth0'), true)
    assert.equal(isRefused(guard, '::ffff:127.0.0.1%1'), true)
  })

  it('what may be reached opens what it names, in every form of its family', () => {
    for (const cidr of ['10.0.0.0/8', '168.63.129.16', '5f00::/16', '::1', '64:ff9b::/96']) {
      const [address = ''] = cidr.split('/')
      assert.equal(isRefused(createTargetGuard([cidr]), address.replace(/::$/, '::808:808')), false)
    }
    const mapped = createTargetGuard(['10.0.0.0/8'])
    assert.equal(isRefused(mapped, '::ffff:10.0.0.1'), false)
    assert.equal(isRefused(mapped, '64:ff9b::10.0.0.1'), true)
  })

  it('an open range of a gateway opens no private address behind it', () => {
    for (const [range, isPrivate, isPublic] of [
      ['64:ff9b::/96', '64:ff9b::10.0.0.1', '64:ff9b::8.8.8.8'],
      ['2002::/16', '2002:7f00:1::', '2002:808:808::'],
      ['2001::/23', '2001:0:a00:1::f7f7:f7f7', '2001:0:808:808::f7f7:f7f7'],
      ['2001::/23', '2001:0:808:808::80ff:fffe', '2001:0:808:808::f7f7:f7f7'],
      ['::ffff:0:0:0/96', '::ffff:0:10.0.0.1', '::ffff:0:8.8.8.8'],
    ] as const) {
      assert.equal(isRefused(createTargetGuard([range]), isPrivate), true, isPrivate)
      assert.equal(isRefused(createTargetGuard([range]), isPublic), false, isPublic)
      assert.equal(isRefused(createTargetGuard([range, '0.0.0.0/0']), isPrivate), false)
      assert.equal(isRefused(createTargetGuard([`${isPrivate}/128`]), isPrivate), false)
    }
  })
})

describe('names', () => {
  for (const all of [true, false]) {
    it(`a name that resolves to loopback is refused (all: ${all})`, async () => {
      await assert.rejects(lookup(createTargetGuard([]), 'localhost', all), {
        name: 'TransportError',
        reason: 'HUB_PRIVATE_TARGET',
      })
    })
    it(`and let through where loopback is allowed (all: ${all})`, async () => {
      assert.ok(await lookup(createTargetGuard(['127.0.0.0/8', '::1/128']), 'localhost', all))
    })
  }
})

describe('CIDRs', () => {
  it('are read with and without a prefix length', () => {
    assert.deepEqual(parseCidr(' 10.0.0.0/8 '), { address: '10.0.0.0', prefix: 8, family: 'ipv4' })
    assert.deepEqual(parseCidr('::1'), { address: '::1', prefix: 128, family: 'ipv6' })
  })
  for (const bad of [
    '',
    'x',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    '10.0.0.0/ 8',
    '10.0.0.0/8.0',
    '10.0.0.0/1e1',
    'fe80::1%eth0/64',
  ]) {
    it(`${JSON.stringify(bad)} is refused`, () => {
      assert.throws(() => parseCidr(bad), RangeError)
    })
  }
})

describe('a guard that was narrowed', () => {
  const guard = createTargetGuard(['10.0.0.0/8', 'fd00::/8'])
  const isOpen = (narrow: readonly string[] | undefined, host: string): boolean => {
    try {
      guard.narrowed(narrow).assertHost(host)
      return true
    } catch {
      return false
    }
  }

  it('lets through what both lists hold, and public addresses', () => {
    for (const [list, host, expected] of [
      [undefined, '10.1.2.3', true],
      [[], '10.1.2.3', false],
      [[], '8.8.8.8', true],
      [['10.1.0.0/16'], '10.1.2.3', true],
      [['10.1.0.0/16'], '10.2.2.3', false],
      [['0.0.0.0/0', '::/0'], '10.2.2.3', true],
      [['0.0.0.0/0', '::/0'], '127.0.0.1', false],
      [['10.0.0.0/8'], '[fd00::1]', false],
      [['10.1.0.0/16'], '[::ffff:10.1.2.3]', true],
      [['10.1.0.0/16'], '[::ffff:10.2.2.3]', false],
    ] as const) {
      assert.equal(isOpen(list, host), expected, `${list} ${host}`)
    }
  })
})
