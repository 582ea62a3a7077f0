import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import { writeConnectorsPage } from './connectors-page.ts'

const PAGE = new URL('../../docs/connectors.md', import.meta.url)

describe('docs/connectors.md', () => {
  it('is what the descriptors say: npm run docs renews it', () => {
    assert.equal(readFileSync(PAGE, 'utf8'), writeConnectorsPage(connectors))
  })

  it('leads to a README for every channel', () => {
    for (const { id, parent } of connectors) {
      if (parent !== undefined) continue
      const readme = new URL(`../../connectors/${id}/README.md`, import.meta.url)
      assert.ok(existsSync(readme), id)
    }
  })
})
