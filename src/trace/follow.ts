import { AsyncLocalStorage } from 'node:async_hooks'
import type { Connector, ConnectorDescriptor } from '../core/connector.ts'
import type { Line } from '../core/line.ts'
import { secretsOfLine } from './secrets-of.ts'
import { type FollowDeps, type Scope, tapFiles, tapHttp } from './tap-client.ts'

/** What of a connector goes out to the channel, and where the line stands among the parameters. */
const CALLS = {
  verify: 1,
  handshake: 1,
  send: 2,
  update: 3,
  remove: 2,
  typing: 1,
  markRead: 2,
  testConnect: 0,
  check: 0,
  install: 0,
  uninstall: 0,
  poll: 1,
  profile: 1,
  locateFile: 1,
} as const satisfies Partial<Record<keyof Connector, number>>

type Method = (...args: unknown[]) => unknown

/**
 * Connectors whose calls to their channels are noted for lines that are traced. A connector's HTTP client doesn't know for
 * which line it is asked, and hardly any call of the eight connectors hands the line on, so the line goes with the
 * asynchronous context. That is entered only for a traced line: for all others a call costs the look at a map, and an
 * exchange the look at its size.
 */
export function followed(
  descriptors: readonly ConnectorDescriptor[],
  deps: FollowDeps,
): ConnectorDescriptor[] {
  const scopes = new AsyncLocalStorage<Scope>()
  return descriptors.map((descriptor) => ({
    ...descriptor,
    create(context) {
      const connector = descriptor.create({
        ...context,
        http: tapHttp(context.http, scopes, deps),
        files: tapFiles(context.files, scopes, deps),
      })
      const { taps } = deps
      const enter = (line: Line): Scope | undefined => {
        const tap = taps.of(line.id)
        return tap && { tap, secrets: secretsIn(line, descriptor) }
      }
      return followConnector(connector, scopes, enter)
    },
  }))
}

function followConnector(
  connector: Connector,
  scopes: AsyncLocalStorage<Scope>,
  enter: (line: Line) => Scope | undefined,
): Connector {
  const follow = (method: Method, lineAt: number): Method => {
    return (...args) => {
      const scope = enter(args[lineAt] as Line)
      return scope ? scopes.run(scope, method, ...args) : method(...args)
    }
  }
  const calls: Record<string, Method> = {}
  for (const [name, lineAt] of Object.entries(CALLS)) {
    const method = connector[name as keyof typeof CALLS] as Method | undefined
    if (method) calls[name] = follow(method.bind(connector), lineAt)
  }
  const methods = connector.methods.map((method) => ({
    ...method,
    run: follow(method.run.bind(method) as Method, 1) as typeof method.run,
  }))
  return withMembers(connector, { ...calls, methods })
}

/** `object` with some of its members replaced; the others go on seeing the object itself as `this`. */
function withMembers<T extends object>(object: T, members: Partial<Record<string, unknown>>): T {
  const whole: Record<string, unknown> = {}
  for (let level: object | null = object; level && level !== Object.prototype; ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      if (name === 'constructor' || name in whole) continue
      const value: unknown = object[name as keyof T]
      whole[name] = typeof value === 'function' ? (value as Method).bind(object) : value
    }
    level = Object.getPrototypeOf(level) as object | null
  }
  return { ...whole, ...members } as T
}

function secretsIn(
  { webhookSecret, webhookUrl, values = {} }: Line,
  descriptor: ConnectorDescriptor,
): string[] {
  const hash = URL.parse(webhookUrl)?.searchParams.get('hash') ?? ''
  return secretsOfLine({ webhookSecret, hash, settings: values }, descriptor)
}
