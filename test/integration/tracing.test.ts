import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CollectedSpan, startOtlpCollector } from '../fakes/otlp-collector.ts'
import { startHubProcess } from '../helpers/hub-process.ts'
import { startManyLines } from '../helpers/many-lines.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

for (const testStore of testStores()) {
  describe(`traces, ${testStore.name}`, () => {
    it('follow an update to its packet, and a message to its channel', async () => {
      await using opened = await testStore.open()
      await using collector = await startOtlpCollector()
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b,authorization=Bearer%20PLANTED-header',
        OTEL_SERVICE_NAME: 'my-hub',
      }
      await using rig = await startManyLines(1, { databaseUrl: opened.databaseUrl, env })
      const [tenant] = rig.tenants
      assert.ok(tenant)
      const { portal, post, lineId } = tenant
      assert.equal((await post('PLANTED-TEXT')).status, 200)
      await portal.server.waitForEvents(1)
      await portal.hub.sendMessage({
        connector: 'telegram',
        line: '1',
        chat: { id: '5' },
        message: { text: 'PLANTED-ANSWER' },
      })
      await portal.server.waitForEvents(2)
      await rig.hub.stop()

      const { spans } = collector
      const only = (name: string, parent?: CollectedSpan): CollectedSpan => {
        const found = spans.filter((span) => span.name === name && isUnder(span, parent))
        assert.equal(found.length, 1, `${name}: ${JSON.stringify(spans.map(({ name }) => name))}`)
        return found[0] as CollectedSpan
      }
      const webhook = only('webhook')
      only('verify', webhook)
      only('commit', webhook)
      const packet = only('packet', webhook)
      const message = only('message')
      only('send', message)
      only('commit', message)
      assert.notEqual(webhook.traceId, message.traceId)
      const [first] = portal.server.packets.filter(({ body }) => body.type === 'events')
      assert.equal(first?.headers['traceparent'], `00-${packet.traceId}-${packet.spanId}-01`)
      assert.equal(String(webhook.attributes['hub.line']), String(lineId))
      assert.equal(webhook.attributes['hub.connector'], 'telegram')
      assert.deepEqual([...collector.services], ['my-hub'])
      assert.equal(collector.requests[0]?.path, '/v1/traces')
      assert.equal(collector.requests[0]?.headers['x-key'], 'a b')
      assert.equal(collector.raw().includes('PLANTED'), false)
      assert.equal(rig.hub.logText().includes('PLANTED-header'), false)
    })
  })
}

function isUnder(span: CollectedSpan, parent: CollectedSpan | undefined): boolean {
  if (!parent) return !span.parentSpanId
  return span.traceId === parent.traceId && span.parentSpanId === parent.spanId
}

describe('a collector that is away', () => {
  for (const kind of ['nobody listens', 'it fails'] as const) {
    it(`holds nothing up and is said once: ${kind}`, async () => {
      await using opened = await sqlite()
      await using collector = await startOtlpCollector()
      collector.status = 400
      const endpoint = kind === 'it fails' ? collector.url : 'http://127.0.0.1:9'
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }
      await using rig = await startManyLines(1, { databaseUrl: opened.databaseUrl, env })
      const [tenant] = rig.tenants
      for (let count = 0; count < 50; count++) assert.equal((await tenant?.post('x'))?.status, 200)
      await tenant?.portal.server.waitForEvents(50)
      const startedAt = performance.now()
      await rig.hub.stop()
      assert.ok(performance.now() - startedAt < 9000)
      const said = rig.hub.logText().split('"tracing.failed"').length - 1
      assert.equal(said, kind === 'it fails' ? 1 : said && 1)
    })
  }
})

describe('without a collector', () => {
  it('nothing of OpenTelemetry is loaded', async () => {
    const modules = await modulesOf({})
    assert.ok(modules.some((url) => url.includes('/src/app.ts')))
    // prom-client brings the API, which does nothing by itself.
    assert.deepEqual(
      modules.filter((url) => /opentelemetry\/(?!api\/)|\/src\/tracing\//.test(url)),
      [],
    )
    const traced = await modulesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
    assert.ok(traced.some((url) => url.includes('@opentelemetry')))
  })
})

/** Says on stderr what is loaded. */
const TELL = `import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
registerHooks({ load(url, context, next) { writeSync(2, 'LOADED ' + url + '\\n'); return next(url, context) } });`

async function modulesOf(env: Readonly<Record<string, string>>): Promise<string[]> {
  await using opened = await sqlite()
  const hook = `--import=data:text/javascript,${encodeURIComponent(TELL)}`
  const more = { HUB_DATABASE_URL: opened.databaseUrl, NODE_OPTIONS: hook }
  await using hub = await startHubProcess({ ...env, ...more })
  const output = await waitFor(() => hub.output())
  return output.split('\n').filter((line) => line.startsWith('LOADED '))
}

function sqlite(): ReturnType<ReturnType<typeof testStores>[number]['open']> {
  const [first] = testStores()
  assert.ok(first)
  return first.open()
}
