import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { connectors } from '#connectors'
import { STANDARD } from '../../src/portal/methods/table.ts'
import { EVERY_EVENT } from '../contract/every-event.ts'
import { startTestHub } from '../helpers/hub.ts'

const TOKEN = 'TEST-admin-token-of-24-characters'
const MEMORY = { databaseUrl: 'sqlite::memory:' }

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly webhooks: Readonly<Record<string, unknown>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface Operation {
  readonly 'x-methods': Readonly<Record<string, { params: unknown; result: unknown }>>
}

interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly additionalProperties?: unknown
  readonly oneOf?: readonly unknown[]
  readonly discriminator?: { readonly mapping: Readonly<Record<string, string>> }
}

/** Methods with the same params share them. */
function resolve(schemas: Document['components']['schemas'], name: string): Schema {
  const schema = schemas[name] ?? {}
  const target = schema.$ref?.split('/').at(-1)
  return target === undefined ? schema : (schemas[target] ?? {})
}

async function readDocument(env: Record<string, string> = {}): Promise<Document> {
  await using hub = await startTestHub({ ...MEMORY, env })
  const response = await fetch(`${hub.url}/openapi.json`)
  assert.equal(response.status, 200)
  return (await response.json()) as Document
}

/** What is to be described. A connector's own address answers every method, most of them with 405. */
function verbsOf(method: string, path: string): readonly string[] {
  if (path.startsWith('/webchat/')) return []
  return method === 'ANY' ? ['get', 'post'] : [method.toLowerCase()]
}

describe('GET /openapi.json', () => {
  it('is a valid document of OpenAPI 3.1', async () => {
    const document = await readDocument()
    const result = await new Validator().validate(document as unknown as Record<string, unknown>)
    assert.deepEqual(result.errors ?? [], [])
    assert.match(document.openapi, /^3\.1\./)
  })

  it('has every address that the hub answers, and no other', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: { HUB_ADMIN_TOKEN: TOKEN } })
    const { paths } = (await (await fetch(`${hub.url}/openapi.json`)).json()) as Document
    // One address may be answered for several methods.
    const answered = [
      ...new Set(hub.app.routes.map(({ path }) => path.replace(/:[A-Za-z]+/g, '{}'))),
    ]
    const described = Object.keys(paths).map((path) => path.replace(/\{[^}]+\}/g, '{}'))
    assert.deepEqual(described.sort(), answered.sort())
    for (const { method, path } of hub.app.routes) {
      const found = Object.entries(paths).find(
        ([one]) => one.replace(/\{[^}]+\}/g, '{}') === path.replace(/:[A-Za-z]+/g, '{}'),
      )
      for (const verb of verbsOf(method, path)) assert.ok(found?.[1][verb], `${verb} ${path}`)
    }
  })

  it('is the same in every role, cached, and open to everybody', async () => {
    assert.deepEqual(
      (await readDocument({ HUB_ROLES: 'jobs' })).paths,
      (await readDocument()).paths,
    )
    await using hub = await startTestHub(MEMORY)
    const url = `${hub.url}/openapi.json`
    const first = await fetch(url)
    const etag = first.headers.get('etag') ?? ''
    assert.match(etag, /^"[\w-]{22}"$/)
    assert.equal(first.headers.get('cache-control'), 'public, max-age=300')
    const second = await fetch(url, { headers: { 'if-none-match': `"other", W/${etag}` } })
    assert.deepEqual([second.status, await second.text()], [304, ''])
    assert.equal(second.headers.get('etag'), etag)
    const head = await fetch(url, { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text()], [200, ''])
    const other = await fetch(url, { method: 'POST' })
    assert.deepEqual([other.status, other.headers.get('allow')], [405, 'GET, HEAD'])
  })

  it("has params and result of every remote method, connectors' own among them", async () => {
    const { paths, components } = await readDocument()
    const methods = paths['/rpc/{portal}']?.['post']?.['x-methods'] ?? {}
    const own = connectors.flatMap(({ methods: names }) => names)
    const names = [...STANDARD.map(({ name }) => name), ...new Set(own)]
    assert.deepEqual(Object.keys(methods).sort(), names.sort())
    for (const name of names) {
      for (const part of ['call', 'params', 'result']) {
        assert.ok(components.schemas[`${name}.${part}`], `${name}.${part}`)
      }
      const { properties, additionalProperties } = resolve(components.schemas, `${name}.params`)
      assert.ok(properties && additionalProperties === false, name)
    }
  })

  it('has a schema for every event type and every packet, told apart by their type', async () => {
    const { components, webhooks } = await readDocument()
    const types = EVERY_EVENT.map(({ type }) => type).sort()
    assert.deepEqual(
      Object.keys(components.schemas['Event']?.discriminator?.mapping ?? {}).sort(),
      types,
    )
    for (const type of types) {
      assert.deepEqual(components.schemas[type]?.properties?.['type'], {
        type: 'string',
        const: type,
      })
    }
    const packets = ['connection.test', 'connector.deactivated', 'events', 'line.health']
    assert.deepEqual(Object.keys(webhooks).sort(), packets)
    const mapping = components.schemas['Packet']?.discriminator?.mapping ?? {}
    assert.deepEqual(Object.keys(mapping).sort(), packets)
  })
})

describe('the schema of a result', () => {
  it('is of something: each of the methods says what it answers, and in a line what it does', () => {
    for (const { name, api } of STANDARD) {
      assert.match(api.summary, /^\S.{10,110}$/, name)
      for (const value of [undefined, null, 'text', { of: 'nobody' }, { id: 7 }]) {
        assert.equal(api.result.safeParse(value).success, false, `${name} answers anything`)
      }
    }
  })
})
