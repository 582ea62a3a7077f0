import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Portal } from '../../../../src/core/portal.ts'
import { readReturnUrl } from '../../../../src/portal/dialects/bitrix/oauth/return-url.ts'
import { readBitrixVectors } from '../../../helpers/bitrix-vectors.ts'

const PORTAL = { url: 'https://portal.example/' } as Portal

describe('the address of a page that a popup goes back to', () => {
  it('is read as Facebook’s page encodes it, once, and as VK’s does, twice', () => {
    for (const id of ['2026-out-016', '2026-out-017']) {
      const { args } = readBitrixVectors().find((one) => one.id === id) ?? {}
      const [address] = args as readonly unknown[]
      const url = new URL(readReturnUrl(String(address), PORTAL) ?? '')
      assert.equal(url.origin + url.pathname, 'https://portal.example/contact_center/connector/')
      assert.equal(url.searchParams.get('reload'), 'Y')
      assert.equal(url.searchParams.get('ajaxid'), 'comp_1')
    }
  })

  it('keeps what is encoded within it', () => {
    const address = 'https://portal.example/?back=%2Fa%3Fb%3D1%26c&x=1+1'
    assert.equal(readReturnUrl(address, PORTAL), address)
    assert.equal(readReturnUrl(encodeURIComponent(address), PORTAL), address)
    assert.equal(readReturnUrl(encodeURIComponent(encodeURIComponent(address)), PORTAL), address)
  })

  it('is the portal’s own where a page gives none', () => {
    assert.equal(readReturnUrl('', PORTAL), 'https://portal.example/')
  })

  it('is none of anybody else’s', () => {
    for (const address of [
      'https://evil.example/',
      'https://portal.example.evil.example/',
      'https://portal.example@evil.example/',
      'https://me@portal.example/',
      'https://portal.example:8443/',
      'https:\\\\evil.example/',
      'https://evil.example\\@portal.example/',
      'javascript:alert(document.domain)//https://portal.example/',
      '//portal.example/',
      '%E0%A4%A',
      `https://portal.example/${'a'.repeat(5000)}`,
    ]) {
      assert.equal(readReturnUrl(address, PORTAL), undefined, address)
      assert.equal(readReturnUrl(encodeURIComponent(address), PORTAL), undefined, address)
    }
  })
})
