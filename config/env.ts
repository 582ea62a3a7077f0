/** Beside the hub's own, as OpenTelemetry names them. */
const OTHERS: ReadonlySet<string> = new Set([
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_SERVICE_NAME',
])

/** The one reader of `process.env`: the variables of the hub (`HUB_*`, and where traces go) as they are, checked by `parseConfig`. */
export function readEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith('HUB_') || OTHERS.has(name)),
  )
}
