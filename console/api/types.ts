import type { z } from 'zod'
import type { retriedLinesShape, rotatedShape } from '../../src/core/shapes/admin.ts'
import type * as Admin from '../../src/core/shapes/admin.ts'
import type { broadcastShape, runPageShape } from '../../src/core/shapes/broadcast.ts'
import type { connectorShape, fieldShape } from '../../src/core/shapes/connector.ts'
import type { jobShape } from '../../src/core/shapes/job.ts'
import type { deadLetterShape, journalItemShape, stepShape } from '../../src/core/shapes/journal.ts'
import type { healthShape, lineStatusShape, testShape } from '../../src/core/shapes/line.ts'
import type { outStatusShape } from '../../src/core/shapes/message.ts'
import type { notificationShape } from '../../src/core/shapes/notification.ts'
import type { recipientShape } from '../../src/core/shapes/recipient.ts'
import type { scriptShape, testResultShape, triggerShape } from '../../src/core/shapes/script.ts'
import type { traceItemShape, tracePageShape } from '../../src/core/shapes/trace.ts'

/** What the hub answers, as the hub itself describes it. */

export type Field = z.infer<typeof fieldShape>
export type Connector = z.infer<typeof connectorShape>
export type Guide = NonNullable<Connector['guide']>
export type GuideStep = Guide['steps'][number]
export type Health = z.infer<typeof healthShape>
export type LineStatus = z.infer<typeof lineStatusShape>
export type TestResult = z.infer<typeof testShape>
export type DeadLetter = z.infer<typeof deadLetterShape>
export type JournalItem = z.infer<typeof journalItemShape>
export type JournalStep = z.infer<typeof stepShape>
export type OutStatus = z.infer<typeof outStatusShape>
export type TraceItem = z.infer<typeof traceItemShape>
export type TracePage = z.infer<typeof tracePageShape>
export type Recipient = z.infer<typeof recipientShape>
export type Script = z.infer<typeof scriptShape>
export type ScriptItem = Omit<Script, 'steps'>
export type ScriptStep = Script['steps'][number]
export type Rehearsal = z.infer<typeof testResultShape>
export type Trigger = z.infer<typeof triggerShape>
export type Broadcast = z.infer<typeof broadcastShape>
export type ListedRun = z.infer<typeof runPageShape>['items'][number]
export type Job = z.infer<typeof jobShape>
export type Slot = z.infer<typeof notificationShape>
export type PortalContents = z.infer<typeof Admin.portalContentsShape>
export type RemovedPortal = z.infer<typeof Admin.removedPortalShape>
export type RotatedSecret = z.infer<typeof rotatedShape>
export type RetriedLines = z.infer<typeof retriedLinesShape>
export type {
  Dialect,
  KnownChats,
  LineDetail,
  LineItem,
  LinePage,
  LineSettings,
  LiveEvents,
  MadePortal,
  Overview,
  PortalItem,
  PortalPage,
  PortalTestResult,
  Process,
  Scope,
  Session,
} from '../../src/core/shapes/admin.ts'

/** A list that goes on behind `cursor`. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly cursor?: string
}
