import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { BoundedMap } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { SpanAttributes, Tracer, TraceSpan } from '../core/tracing.ts'

export interface OtlpOptions {
  /** Of the collector; `/v1/traces` comes behind it. */
  readonly endpoint: string
  readonly serviceName: string
  readonly headers: Readonly<Record<string, string>>
}

/** Spans that wait for the collector; beyond that they are dropped. Some KB each. */
const MAX_QUEUE = 2048
const MAX_BATCH = 512
const EXPORT_EVERY_MS = 2000
const EXPORT_TIMEOUT_MS = 10_000
/** Events whose trace is known, until they are delivered. */
const MAX_EVENTS = 50_000
const SAY_EVERY_MS = 600_000
/** At the end of the process. */
const STOP_GRACE_MS = 2000
/** Links of one packet to the traces of its other events. */
const MAX_LINKS = 20

/** Traces for a collector of OpenTelemetry's (OTLP over HTTP as JSON). Loaded only where it is asked for. */
export function openTracer(
  { endpoint, serviceName, headers }: OtlpOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Tracer {
  const sender = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: told(sender, clock, log),
        maxQueueSize: MAX_QUEUE,
        maxExportBatchSize: MAX_BATCH,
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  })
  return new OtlpTracer(provider)
}

/** The same exporter; the log is told of failures now and then. */
function told(exporter: SpanExporter, clock: Clock, log: Log): SpanExporter {
  let saidAt = Number.NEGATIVE_INFINITY
  let lost = 0
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        // OpenTelemetry's code of success is 0.
        if (result.code !== 0) {
          lost += spans.length
          const now = clock.now()
          if (now >= saidAt + SAY_EVERY_MS) {
            saidAt = now
            const fields = { event: 'tracing.failed', lost, reason: reasonOf(result.error) }
            log.warn(fields, 'spans could not be handed to the collector and are lost')
          }
        }
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush
      ? { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }
      : {}),
  }
}

/** A code: messages of HTTP libraries quote addresses, and answers of collectors may hold anything. */
function reasonOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  if (typeof code === 'number') return `HTTP ${code}`
  return cause === undefined ? 'no answer' : reasonOf(cause)
}

class OtlpTracer implements Tracer {
  readonly #provider: TracerProvider
  readonly #tracer: ReturnType<TracerProvider['getTracer']>
  readonly #contexts = new BoundedMap<string, Context>(MAX_EVENTS)

  constructor(provider: TracerProvider) {
    this.#provider = provider
    this.#tracer = provider.getTracer('openlines-hub')
  }

  begin(name: string, attributes: SpanAttributes): TraceSpan {
    return this.#span(name, attributes, ROOT_CONTEXT)
  }

  packet(lineId: number, seqs: readonly number[], attributes: SpanAttributes): TraceSpan {
    const known = seqs.flatMap((seq) => this.#contexts.get(keyOf(lineId, seq)) ?? [])
    const [parent = ROOT_CONTEXT, ...others] = new Set(known)
    return this.#span('packet', attributes, parent, others.slice(0, MAX_LINKS))
  }

  async close(): Promise<void> {
    const grace = Promise.withResolvers<void>()
    const timer = setTimeout(grace.resolve, STOP_GRACE_MS)
    // A collector that is away is no reason to end otherwise.
    const ended = this.#provider.shutdown().catch(() => undefined)
    await Promise.race([ended, grace.promise])
    clearTimeout(timer)
  }

  #span(
    name: string,
    attributes: SpanAttributes,
    parent: Context,
    linked: readonly Context[] = [],
  ): TraceSpan {
    const links = linked.flatMap((context) => {
      const spanContext = trace.getSpanContext(context)
      return spanContext ? [{ context: spanContext }] : []
    })
    const span = this.#tracer.startSpan(name, { attributes: plain(attributes), links }, parent)
    const own = trace.setSpan(parent, span)
    return {
      traceparent: traceparentOf(span),
      child: (childName) => this.#span(childName, {}, own),
      set: (more) => void span.setAttributes(plain(more)),
      end(fault) {
        if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: fault })
        span.end()
      },
      brought: (lineId, seqs) => {
        for (const seq of seqs) this.#contexts.set(keyOf(lineId, seq), own)
      },
    }
  }
}

function keyOf(lineId: number, seq: number): string {
  return `${lineId} ${seq}`
}

function plain(attributes: SpanAttributes): Record<string, string | number | string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      typeof value === 'object' ? [...value] : value,
    ]),
  )
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
