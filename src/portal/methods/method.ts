import type { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { HubError } from '../../core/errors.ts'
import type { LineStatus } from '../../core/line.ts'
import { chatParam, lineParams } from '../../core/line-params.ts'
import type { MethodApi } from '../../core/method-api.ts'
import { parseParams } from '../../core/params.ts'
import type { Portal } from '../../core/portal.ts'
import type { Frozen } from '../../core/shapes/basic.ts'
import type { journalItemShape } from '../../core/shapes/journal.ts'
import type { tracePageShape, traceStateShape } from '../../core/shapes/trace.ts'
import type { ConsoleGrant } from '../../db/console/sessions.ts'
import type { Store } from '../../db/engine/store.ts'
import type { ConversationRepository } from '../../db/lines/conversations.ts'
import type { LineAddress, LineRecord } from '../../db/lines/lines.ts'
import type { EnqueueOutcome, NewOutboxMessage } from '../../db/outbox/enqueue.ts'
import type { DeadLetterOperations } from '../../lines/dead-letter-operations.ts'
import type { ActiveLine, LineDirectory } from '../../lines/directory.ts'
import type { LineIds } from '../../lines/line-ids.ts'
import type { LineOperations } from '../../lines/line-operations.ts'
import type { PortalOperations } from '../../lines/portal-operations.ts'
import type { Registry, RegistryEntry } from '../../registry/registry.ts'
import type { CommunicationsDesk } from './communications-desk.ts'
import type { RecipientKeeper } from './recipient-keeper.ts'

/** What the remote methods need of the outbox. */
export interface OutboxQueue {
  /** Resolves when the message is durably queued. Throws StoreUnavailableError, HubError `HUB_LIMIT`. */
  enqueue(
    message: NewOutboxMessage & { readonly portalId: string; readonly messageId?: string },
  ): Promise<EnqueueOutcome>
}

/** What the remote methods need of the journal. */
export interface MessageSearch {
  /** At most 50, the oldest first. Throws StoreUnavailableError. */
  find(query: {
    readonly id: string
    readonly portalId: string
    readonly connector?: string
    readonly line?: string
    readonly chat?: string
  }): Promise<readonly { readonly item: Frozen<z.infer<typeof journalItemShape>> }[]>
}

/** What the remote methods need to keep a line's exchanges and to show them. */
export interface TraceKeeper {
  /** Throws HubError `HUB_LIMIT`. */
  start(
    line: LineRecord,
    options: { readonly minutes: number; readonly bodies: boolean },
  ): Promise<Frozen<z.infer<typeof traceStateShape>>>
  /** False if none was on. */
  stop(line: LineRecord): Promise<boolean>
  /** `since`: epoch ms. */
  page(
    line: LineRecord,
    request: { readonly limit: number; readonly since?: number; readonly cursor?: string },
  ): Promise<Frozen<z.infer<typeof tracePageShape>>>
}

/** What the remote methods need for links to the console. */
export interface LinkMaker {
  /** Throws StoreUnavailableError. */
  make(
    grant: ConsoleGrant,
    lifeMs: number,
  ): Promise<{ readonly url: string; readonly expiresAt: string }>
}

/** What the remote methods work with. */
export interface MethodServices {
  readonly clock: Clock
  readonly store: Store
  readonly registry: Registry
  readonly lineOperations: LineOperations
  readonly deadLetterOperations: DeadLetterOperations
  readonly portalOperations: PortalOperations
  readonly lineIds: LineIds
  readonly lineDirectory: LineDirectory
  readonly conversations: ConversationRepository
  readonly outbox: OutboxQueue
  readonly messageFinder: MessageSearch
  readonly traceOperations: TraceKeeper
  readonly communications: CommunicationsDesk
  readonly recipients: RecipientKeeper
  readonly consoleLinks: LinkMaker
  /** Aborted when the hub stops. */
  readonly signal: AbortSignal
}

export interface MethodCall extends MethodServices {
  readonly portal: Portal
}

/** One remote method. `params` are as they came; `run` throws ParamsError, SettingsError, HubError, DeliveryError, TransportError, StoreUnavailableError. */
export interface Method {
  readonly name: string
  readonly api: MethodApi
  /** It only queues: calls that follow each other in a batch may be begun before it has been answered. */
  readonly isQueueing?: true
  run(params: unknown, call: MethodCall): Promise<unknown>
}

export { chatParam, lineParams }

/** A method without a line. */
export function portalMethod<P, R>(
  name: string,
  api: MethodApi<P, R>,
  run: (params: P, call: MethodCall) => Promise<Frozen<R>>,
): Method {
  return { name, api, run: (raw, call) => run(parseParams(api.params, raw), call) }
}

interface LineParams {
  readonly connector: string
  readonly line: string
}

/** A method about a line that exists. */
export function lineMethod<P extends LineParams, R>(
  name: string,
  api: MethodApi<P, R>,
  run: (params: P, line: LineRecord, call: MethodCall, entry: RegistryEntry) => Promise<Frozen<R>>,
): Method {
  return portalMethod(name, api, async (params, call) => {
    const { lineOperations } = call
    const entry = lineOperations.findConnector(params.connector)
    const record = await lineOperations.find(addressOf(call.portal, params))
    return await run(params, record, call, entry)
  })
}

/** A method that needs the line's channel: the line has settings and was connected. */
export function channelMethod<P extends LineParams, R>(
  name: string,
  api: MethodApi<P, R>,
  run: (params: P, line: ActiveLine, call: MethodCall, entry: RegistryEntry) => Promise<Frozen<R>>,
): Method {
  return lineMethod(name, api, async (params, record, call, entry) =>
    run(params, await activate(call, record), call, entry),
  )
}

export async function activate(call: MethodCall, record: LineRecord): Promise<ActiveLine> {
  const isReady = record.status === 'connected' || record.status === 'failing'
  const active = isReady ? await call.lineDirectory.activate(record) : undefined
  if (active) return active
  throw notConnected(record.status)
}

export function notConnected(status: LineStatus): HubError {
  return new HubError('HUB_LINE_NOT_CONNECTED', `the line is ${status}: call testConnect first`)
}

export function addressOf(portal: Portal, { connector, line }: LineParams): LineAddress {
  return { portalId: portal.id, connector, externalId: line }
}
