import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { writeClientTypes } from './client-types.ts'
import { writeShapesPage } from './shapes-page.ts'

describe('docs/shapes.md', () => {
  it('is what the schemas say: npm run docs renews it', () => {
    const page = new URL('../../docs/shapes.md', import.meta.url)
    assert.equal(readFileSync(page, 'utf8'), writeShapesPage())
  })
})

describe('src/client/events.ts', () => {
  it('is what the schemas say: npm run docs renews it', () => {
    const file = new URL('../../src/client/events.ts', import.meta.url)
    assert.equal(readFileSync(file, 'utf8'), writeClientTypes())
  })
})
