import type { z } from 'zod'
import type * as Admin from './admin.ts'
import type { retriedLinesShape, rotatedShape } from './admin.ts'
import type { broadcastShape, runPageShape } from './broadcast.ts'
import type { connectorShape, fieldShape } from './connector.ts'
import type { jobShape } from './job.ts'
import type { deadLetterShape, journalItemShape, stepShape } from './journal.ts'
import type { healthShape, lineStatusShape, testShape } from './line.ts'
import type { outStatusShape } from './message.ts'
import type { notificationShape } from './notification.ts'
import type { recipientShape } from './recipient.ts'
import type { scriptShape, testResultShape, triggerShape } from './script.ts'
import type { traceItemShape, tracePageShape, traceStateShape } from './trace.ts'

/** What the hub answers, as types alone: for browser code, which doesn't load the shapes. */

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
export type TraceState = z.infer<typeof traceStateShape>
export type Recipient = z.infer<typeof recipientShape>
export type Script = z.infer<typeof scriptShape>
export type ScriptItem = Omit<Script, 'steps'>
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
