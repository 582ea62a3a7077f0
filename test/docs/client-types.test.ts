import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { writeClientTypes } from './client-types.ts'

describe('src/client/events.ts', () => {
  it('is what the schemas say: npm run docs renews it', () => {
    const file = new URL('../../src/client/events.ts', import.meta.url)
    assert.equal(readFileSync(file, 'utf8'), writeClientTypes())
  })
})
