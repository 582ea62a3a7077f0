import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { startTestHub } from '../helpers/hub.ts'
import { scrape } from '../helpers/metrics.ts'

const TOKEN = 'TEST-admin-token-of-24-characters'

function read(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
}

interface Family {
  readonly name: string
  readonly type: string
}

/** As a real scrape names them. */
async function families(): Promise<Family[]> {
  await using hub = await startTestHub({
    databaseUrl: 'sqlite::memory:',
    env: { HUB_ADMIN_TOKEN: TOKEN },
  })
  const text = await scrape(hub.url, TOKEN)
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
  }))
}

/** What can stand in a query: of a histogram its parts. */
async function seriesNames(): Promise<ReadonlySet<string>> {
  return new Set(
    (await families()).flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
    ),
  )
}

function namesIn(expressions: readonly string[]): string[] {
  const found = expressions.flatMap((one) => one.match(/\b(hub|process|nodejs)_[a-z0-9_]+/g) ?? [])
  return [...new Set(found)]
}

describe('docs of metrics', () => {
  it('name every metric of the hub, with its labels and when to wake somebody', async () => {
    const page = read('operations.md')
    const hubs = (await families()).filter(({ name }) => name.startsWith('hub_'))
    assert.ok(hubs.length > 25, `${hubs.length}`)
    assert.deepEqual(
      hubs.filter(({ name }) => !page.includes(`\`${name}\``)),
      [],
    )
    const known = new Set(hubs.map(({ name }) => name))
    const told = [...page.matchAll(/`(hub_[a-z_]+)`/g)].map(([, name = '']) => name)
    const tables = ['hub_alert', 'hub_state', 'hub_process', 'hub_migration', 'hub_migration_lock']
    assert.deepEqual(
      told.filter((name) => !known.has(name) && !tables.includes(name)),
      [],
    )
  })

  it('have rules over metrics that are there', async () => {
    const { groups } = parse(read('prometheus-rules.yml')) as {
      groups: {
        rules: { alert: string; expr: string; for: string; labels: object; annotations: object }[]
      }[]
    }
    const rules = groups.flatMap((group) => group.rules)
    assert.ok(rules.length > 15)
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
    const names = namesIn(rules.map(({ expr }) => expr))
    const known = await seriesNames()
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    )
  })

  it('have a dashboard over metrics that are there, and leave none of the hub out', async () => {
    const { panels } = JSON.parse(read('grafana-dashboard.json')) as {
      panels: { targets: { expr: string }[] }[]
    }
    const names = namesIn(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))
    const known = await seriesNames()
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    )
    const shown = names.map((name) => name.replace(/_(bucket|sum|count)$/, ''))
    const hubs = (await families())
      .map(({ name }) => name)
      .filter((name) => name.startsWith('hub_'))
    assert.deepEqual(
      hubs.filter((name) => !shown.includes(name)),
      [],
    )
  })
})
