import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino'
import { isRecord } from '../core/json.ts'
import { foldOutages } from './outages.ts'
import { createRedactor } from './redact.ts'

/** Names under which a secret may never reach the log, wherever an object of ours or a library's is logged. */
const SECRET_KEYS = [
  'secret',
  'secrets',
  'token',
  'password',
  'authorization',
  'webhookSecret',
  'settings',
  'cookie',
]

/** The root logger: JSON lines. `secretFields` are the keys of secret settings, of connectors and dialects. */
export function createRootLog(
  level: string,
  secretFields: readonly string[],
  destination: DestinationStream,
): Logger {
  const redact = createRedactor([...SECRET_KEYS, ...secretFields])
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => redact(serializeError(error)) },
      hooks: { logMethod: foldOutages() },
      formatters: { level: (label) => ({ level: label }), log: redact },
    },
    destination,
  )
  // Formatters don't reach what a child log always says.
  const { child } = log
  log.child = function childOf(this: Logger, bindings, options) {
    return child.call(this, redact(bindings), options)
  } as typeof log.child
  return log
}

/** What of an error goes into the log: never the fields that libraries hang on it (statements with values, requests, URLs). */
function serializeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: 'not an error object' }
  const { type, message, stack } = stdSerializers.errWithCause(error)
  const isOfStore = isRecord(error) && ('sql' in error || 'sqlMessage' in error)
  const { code, cause, fault } = error as { code?: unknown; cause?: unknown; fault?: unknown }
  return {
    type,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(isRecord(fault) ? { fault } : {}),
    // A driver's message repeats the statement, and with it what was to be stored.
    message: isOfStore || hasStatement(message) ? shorten(message) : message,
    ...(isOfStore || hasStatement(message) ? {} : { stack }),
    ...(cause === undefined ? {} : { cause: serializeError(cause) }),
  }
}

function hasStatement(message: string): boolean {
  return /\b(insert|update|delete|select)\b.+\b(into|set|from)\b/i.test(message)
}

/** Knex writes `<statement> - <what the server said>`. */
function shorten(message: string): string {
  const said = message.slice(message.lastIndexOf(' - ') + 3)
  return said === message || hasStatement(said) ? 'a statement failed' : said.slice(0, 200)
}
