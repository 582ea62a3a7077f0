import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

const ROOT = new URL('../../', import.meta.url)

/** Every code in the sources: a whole string, since variables of the environment are keys of objects. */
function codesInSources(): ReadonlySet<string> {
  const codes = ['src', 'connectors'].flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => {
        const code = readFileSync(new URL(`${folder}/${name}`, ROOT), 'utf8')
        return [...code.matchAll(/['"](HUB_[A-Z_]*[A-Z])['"]/g)].map((match) => match[1] ?? '')
      }),
  )
  return new Set(codes)
}

describe('the codes of errors', () => {
  it('stand in the docs, each with what it means', () => {
    const pages = ['error-codes', 'portal-developers'].map((name) =>
      readFileSync(new URL(`docs/${name}.md`, ROOT), 'utf8'),
    )
    const codes = codesInSources()
    assert.ok(codes.size > 40, String(codes.size))
    assert.deepEqual(
      [...codes].filter((code) => !pages.join('\n').includes(`\`${code}\``)),
      [],
    )
  })
})
