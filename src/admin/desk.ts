import type { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import type { DialectDescriptor } from '../core/dialect.ts'
import type { FieldFault } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { PacketAddress, PortalTest } from '../core/packet.ts'
import type { Portal } from '../core/portal.ts'
import type { Frozen } from '../core/shapes/basic.ts'
import type { connectorShape } from '../core/shapes/connector.ts'
import type { Store } from '../db/engine/store.ts'
import type { LiveProcess } from '../db/hub/processes.ts'
import type { LineRepository } from '../db/lines/lines.ts'
import type { PortalRepository } from '../db/lines/portals.ts'
import type { DeadLetterOperations } from '../lines/dead-letter-operations.ts'
import type { LineOperations } from '../lines/line-operations.ts'
import type { PortalDirectory } from '../lines/portal-directory.ts'
import type { PortalOperations } from '../lines/portal-operations.ts'
import type { JournalItem } from './journal-item.ts'
import type { Live } from './live.ts'
import type { OverviewBook } from './overview.ts'
import type { Traffic } from './traffic.ts'

/** Why a call failed, whoever made it. */
export interface CallFault {
  readonly kind: 'unknown-method' | 'bad-params' | 'refused' | 'unavailable' | 'internal'
  readonly code: string
  readonly message: string
  readonly fields?: readonly FieldFault[]
}

/** The remote methods. */
export interface MethodCaller {
  /** As the portal itself would call it. */
  call(portal: Portal, name: string, params: unknown): Promise<unknown>
  faultOf(error: unknown): CallFault
  /** Names of those that are about one line, which `connector` and `line` name: connectors' own are. */
  isAboutLine(name: string): boolean
}

/** What was found of messages. */
export interface MessageSearch {
  find(query: {
    readonly id: string
    readonly portalId?: string
    readonly connector?: string
    readonly line?: string
    readonly chat?: string
  }): Promise<readonly { readonly line: { readonly lineId: number }; readonly item: JournalItem }[]>
}

/** An attempt that has failed, as the journal has it. */
export interface LineFailure {
  /** Epoch ms. */
  readonly at: number
  readonly message: string
  readonly code?: string
  /** Of the event that a portal has not taken. */
  readonly seq?: number
  /** Of the message that a channel has not taken. */
  readonly out?: number
}

/** What the endpoints work with. */
export interface AdminDesk {
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly version: string
  readonly publicUrl: string
  readonly isPublicUrlChosen: boolean
  /** Seconds. */
  readonly ladder: readonly number[]
  readonly dialects: readonly DialectDescriptor[]
  readonly methods: MethodCaller
  /** As the method listConnectors gives them. */
  connectors(): Promise<Frozen<z.infer<typeof connectorShape>[]>>
  readonly messages: MessageSearch
  readonly lineRepository: LineRepository
  readonly lineOperations: LineOperations
  readonly deadLetters: DeadLetterOperations
  readonly portalRepository: PortalRepository
  readonly portalDirectory: PortalDirectory
  readonly portalOperations: PortalOperations
  readonly traffic: Traffic
  readonly overviews: OverviewBook
  readonly live: Live
  /** Failed attempts of a line's latest, and of those with these numbers. */
  readFailures(lineId: number, seqs: readonly number[]): Promise<readonly LineFailure[]>
  testPortal(portal: Portal, address: PacketAddress): Promise<PortalTest>
  processes(): Promise<readonly LiveProcess[]>
  /** The token of this process. */
  thisProcess(): string
}
