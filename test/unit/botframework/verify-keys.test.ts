import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKeyStore, type KeyStore } from '../../../connectors/botframework/verify-keys.ts'
import type { OutgoingRequest } from '../../../src/core/http.ts'
import { handClock } from './kit.ts'

const KIB = 1024

/** Clouds that answer with `bytes` of keys each. */
function makeClouds(bytes: number): { keys: KeyStore; asked: string[] } {
  const asked: string[] = []
  const key = { kty: 'RSA', kid: 'k', n: 'n'.repeat(bytes), e: 'AQAB' }
  const http = {
    async request({ url }: OutgoingRequest) {
      asked.push(url)
      const isSet = url.endsWith('/keys')
      const answer = isSet ? { keys: [key] } : { jwks_uri: `${url}/keys` }
      return { status: 200, headers: {}, body: JSON.stringify(answer) }
    },
  }
  return { keys: createKeyStore(http, handClock()), asked }
}

describe('keys of custom clouds', () => {
  it('take 8 MiB at most, however many clouds there are: the oldest are asked for again', async () => {
    const { keys, asked } = makeClouds(200 * KIB)
    for (let cloud = 0; cloud < 100; cloud++) {
      assert.ok(await keys.find(`https://${cloud}.example`, 'k'))
    }
    asked.length = 0
    for (let cloud = 99; cloud > 60; cloud--) await keys.find(`https://${cloud}.example`, 'k')
    assert.equal(asked.length, 0)
    await keys.find('https://0.example', 'k')
    assert.equal(asked.length, 2)
  })

  it('are refused from a cloud that answers with more than 256 KiB', async () => {
    const { keys } = makeClouds(256 * KIB)
    await assert.rejects(keys.find('https://0.example', 'k'), /HUB_BAD_METADATA/)
  })
})
