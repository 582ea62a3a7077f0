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
