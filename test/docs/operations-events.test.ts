import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

const ROOT = new URL('../../', import.meta.url)

/** Every `event` that the hub's own code logs. */
function loggedEvents(): ReadonlySet<string> {
  const events = ['src', 'connectors'].flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => {
        const code = readFileSync(new URL(`${folder}/${name}`, ROOT), 'utf8')
        return [...code.matchAll(/event: '([a-z]+\.[a-z-]+)'/g)].map((match) => match[1] ?? '')
      }),
  )
  return new Set(events)
}

describe('the events of the log', () => {
  it('stand in docs/operations.md, each with what it means', () => {
    const page = readFileSync(new URL('docs/operations.md', ROOT), 'utf8')
    const events = loggedEvents()
    assert.ok(events.size > 40, String(events.size))
    assert.deepEqual(
      [...events].filter((event) => !page.includes(`\`${event}\``)),
      [],
    )
  })
})
