import type { DoorContext, DoorLine } from '../../../core/dialect.ts'
import { isRecord } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import { toCallFailure } from '../../call-failure.ts'
import { type CommandCall, CommandError } from './command-call.ts'

/** The portal's pages tell these two apart; any other code is one text there. */
export const INCORRECT = 'CONNECTOR_SETTINGS_INCORRECT'
export const NO_ANSWER = 'CONNECTOR_NO_ANSWER_CLIENT'

/** For which portal something is done with a line. */
export interface Actor {
  readonly context: DoorContext
  readonly portal: Portal
}

export interface LineName {
  readonly connector: string
  /** The portal's id of the open line. */
  readonly line: string
}

/** The line that a command names, if it is there. */
export async function findLine({
  context,
  portal,
  connector,
  command,
}: CommandCall): Promise<DoorLine | undefined> {
  if (connector === undefined || command.line === '') return undefined
  return await context.lines.find({ portalId: portal.id, connector, line: command.line })
}

export function isConnected({ status }: DoorLine): boolean {
  return status === 'connected' || status === 'failing'
}

/**
 * Tries channel and portal, and connects the line: the webhook is set, and whoever had the account before loses it. Throws
 * CommandError with what the channel or the portal has said.
 */
export async function connectLine(
  { context, portal }: Actor,
  { connector, line }: LineName,
): Promise<void> {
  const result = await context.call(portal, 'testConnect', { connector, line })
  if (!isRecord(result) || result['ok'] !== true) throw toConnectError(result)
}

/** Its settings and what waits for it go too. A line that is gone already is as it was to be. */
export async function disconnect(
  { context, portal }: Actor,
  { connector, line }: LineName,
): Promise<void> {
  await ignoringUnknown(() => context.call(portal, 'disconnect', { connector, line }))
}

/** What waits for a line that the portal had switched off may go now. */
export async function resume(
  { context, portal }: Actor,
  { connector, line }: LineName,
): Promise<void> {
  await ignoringUnknown(() => context.call(portal, 'retryNow', { connector, line }))
}

async function ignoringUnknown(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (toCallFailure(error).code !== 'HUB_UNKNOWN_LINE') throw error
  }
}

/** Of `testConnect`'s result: the channel's word goes first, for that is what the page has just been filled in for. */
function toConnectError(result: unknown): CommandError {
  const { channel, portal } = isRecord(result) ? result : {}
  for (const part of [channel, portal]) {
    if (!isRecord(part) || part['ok'] === true || !isRecord(part['error'])) continue
    const { code, message } = part['error']
    const isUnreachable = code === 'HUB_CHANNEL_UNREACHABLE' || code === 'HUB_PORTAL_UNREACHABLE'
    const whose = part === portal ? 'the hub can not reach this portal: ' : ''
    return new CommandError(isUnreachable ? NO_ANSWER : INCORRECT, `${whose}${String(message)}`)
  }
  return new CommandError(INCORRECT, 'the channel could not be connected')
}
