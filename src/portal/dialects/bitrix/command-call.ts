import type { DoorContext } from '../../../core/dialect.ts'
import type { Portal } from '../../../core/portal.ts'
import type { RouteReply } from '../../../core/route.ts'
import type { OAuth } from './oauth/oauth.ts'
import type { Command } from './wire/command.ts'
import type { PhpValue } from './wire/php-value.ts'

/** A command whose sender is known, with its arguments unpacked. */
export interface CommandCall {
  readonly context: DoorContext
  readonly portal: Portal
  readonly command: Command
  /** The hub's own id of the connector; absent for the connector `all` and for channels that the hub hasn't. */
  readonly connector?: string
  readonly args: readonly PhpValue[]
  readonly oauth: OAuth
}

/** A failure that the portal's page shows. */
export class CommandError extends Error {
  override name = 'CommandError'
  /** As the portal's pages know it, where they know any. */
  readonly code: string
  /** What the page needs in spite of it. */
  readonly data: object | undefined

  constructor(code: string, message: string, data?: object) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The success of a command that the portal waits for. */
export function done(data: object = {}): RouteReply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ OK: true, DATA: data }),
  }
}

/** The line that the command is about. Throws CommandError where there can be none. */
export function lineOf({ command, connector }: CommandCall): {
  readonly connector: string
  readonly line: string
} {
  if (connector === undefined) {
    const name = command.connector.slice(0, 40)
    throw new CommandError(
      'CONNECTOR_NOT_SUPPORTED',
      `this hub has no channel for ${name || 'this'}`,
    )
  }
  if (command.line === '') {
    throw new CommandError('LINE_NOT_SPECIFIED', 'the command names no open line')
  }
  return { connector, line: command.line }
}
