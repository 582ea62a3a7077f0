import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import { TrustedProxies } from '../../../src/http/client-address.ts'

function clientOf(
  remoteAddress: string,
  forwarded?: string | string[],
  trusted?: readonly string[],
): string | undefined {
  const socket = { remoteAddress } as IncomingMessage['socket']
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return new TrustedProxies(trusted).clientOf({
    socket,
    headers: headers as IncomingMessage['headers'],
  })
}

describe("a client's address", () => {
  it('is the peer itself, whatever it says, unless it is a trusted proxy', () => {
    assert.equal(clientOf('203.0.113.9', '198.51.100.1'), '203.0.113.9')
    assert.equal(clientOf('10.0.0.2', '198.51.100.1', ['10.0.0.1']), '10.0.0.2')
    assert.equal(clientOf('127.0.0.1', '198.51.100.1', []), '127.0.0.1')
  })

  it('is the last one that a trusted proxy has written; nothing before it is believed', () => {
    assert.equal(clientOf('127.0.0.1', '198.51.100.1'), '198.51.100.1')
    assert.equal(clientOf('127.0.0.1', '1.1.1.1, 198.51.100.1'), '198.51.100.1')
    assert.equal(clientOf('::1', '1.1.1.1, 198.51.100.1, 10.0.0.7'), '198.51.100.1')
    const trusted = ['10.0.0.0/8', '2001:db8::/32']
    assert.equal(clientOf('10.1.1.1', '9.9.9.9,192.168.1.5,2001:db8::7', trusted), '192.168.1.5')
    assert.equal(clientOf('10.1.1.1', ['9.9.9.9', '198.51.100.1'], trusted), '198.51.100.1')
  })

  it('is an internal one where all are trusted, and none where the proxy says nothing', () => {
    assert.equal(clientOf('127.0.0.1', '10.0.0.5, 10.0.0.6'), '10.0.0.5')
    assert.equal(clientOf('127.0.0.1'), undefined)
    assert.equal(clientOf('127.0.0.1', ''), undefined)
  })

  it('survives whatever stands in the header', () => {
    for (const odd of [
      'unknown',
      ',,,',
      '999.1.1.1',
      '[::1',
      '::::',
      '\u0000',
      '1.2.3.4, x',
      'fe80::1%eth0',
      '[fe80::1%e]:1',
    ]) {
      assert.equal(clientOf('127.0.0.1', odd), undefined, odd)
    }
    assert.equal(clientOf('127.0.0.1', 'unknown, 198.51.100.1'), '198.51.100.1')
    assert.equal(clientOf('127.0.0.1', `1.1.1.1${', 10.0.0.1'.repeat(5000)}`), '10.0.0.1')
    assert.equal(clientOf('', '198.51.100.1'), '')
  })

  it('is read without a port, and through IPv4 in the form of IPv6', () => {
    assert.equal(clientOf('127.0.0.1', '198.51.100.1:4711'), '198.51.100.1')
    assert.equal(clientOf('127.0.0.1', '[2001:db8::1]:4711'), '2001:db8::1')
    assert.equal(clientOf('::ffff:127.0.0.1', '198.51.100.1'), '198.51.100.1')
  })
})
