/** What the hub answers, as the hub itself describes it. */

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

export type {
  Broadcast,
  Connector,
  DeadLetter,
  Field,
  GuideStep,
  Health,
  Job,
  JournalItem,
  JournalStep,
  LineStatus,
  ListedRun,
  OutStatus,
  PortalContents,
  Recipient,
  Rehearsal,
  RemovedPortal,
  RetriedLines,
  RotatedSecret,
  Script,
  ScriptItem,
  Slot,
  TestResult,
  TraceItem,
  TracePage,
  TraceState,
  Trigger,
} from '../../src/core/shapes/answers.ts'
