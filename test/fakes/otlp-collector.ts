import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CollectedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface OtlpCollector extends AsyncDisposable {
  readonly url: string
  readonly spans: CollectedSpan[]
  /** Of each request, with its path. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  /** `service.name` of what came. */
  readonly services: Set<string>
  /** 200 at first. */
  status: number
  raw(): string
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes'> & {
        readonly attributes: readonly Attribute[]
      })[]
    }[]
  }[]
}

/** A collector of OpenTelemetry's on a real socket: OTLP over HTTP as JSON. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    collector.requests.push({ path: request.url ?? '', headers: request.headers })
    const body = Buffer.concat(chunks).toString('utf8')
    bodies.push(body)
    if (collector.status === 200) take(collector, JSON.parse(body) as Export)
    response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const collector: OtlpCollector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    requests: [],
    services: new Set(),
    status: 200,
    raw: () => bodies.join('\n'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return collector
}

function take(collector: OtlpCollector, { resourceSpans }: Export): void {
  for (const { resource, scopeSpans } of resourceSpans) {
    collector.services.add(String(toObject(resource.attributes)['service.name']))
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      collector.spans.push({ ...span, attributes: toObject(span.attributes) })
    }
  }
}

function toObject(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
