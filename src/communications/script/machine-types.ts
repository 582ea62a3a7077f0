import type { Json, JsonObject } from '../../core/json.ts'
import type { TextFormat } from '../../core/portal.ts'
import type { WrittenMessage } from '../../core/written-message.ts'
import type { WrittenTemplate } from '../../core/written-template.ts'
import type { Outcome, Task } from '../sandbox/sandbox.ts'
import type { BotEffect } from './bot-calls.ts'
import type { Program } from './program.ts'
import type { ScriptRef } from './steps.ts'

/** A script that runs, and where it stands: the index of an instruction. */
export interface Frame {
  readonly script: number
  readonly version: number
  readonly pc: number
}

/**
 * Where a job stands, as it is kept in the store. Of nested scripts the innermost is the last frame. While it waits for a
 * reply or a call, `pc` is that of the waiting instruction; for time, of the next one.
 */
export interface Progress {
  readonly frames: readonly Frame[]
  /** Steps begun so far: the job's position. */
  readonly count: number
  /** As the job was given them, with what calls have saved. */
  readonly params: JsonObject
  readonly wait?: Wait
}

/** `until`: epoch ms. */
export type Wait =
  /** Also of the present, after many steps at once: what was done is committed, and others get their turn. */
  | { readonly kind: 'time'; readonly until: number }
  /** For the person's next message; without one until then, it goes on. */
  | { readonly kind: 'reply'; readonly until: number }
  | CallWait

/** An HTTP request to be made, not before `until`. */
export interface CallWait {
  readonly kind: 'call'
  readonly request: CallRequest
  /** Those that were made. */
  readonly tries: number
  readonly until: number
}

export interface CallRequest {
  readonly url: string
  readonly method: string
  readonly headers?: { readonly [name: string]: string }
  /** An object or list goes as JSON, a text as it is. */
  readonly body?: Json
  readonly timeoutMs: number
}

/** How a call has ended: with an answer, whatever its status, or without one. */
export type CallResult =
  | {
      readonly status: number
      /** The answer's text, cut where it is too long. */
      readonly body: string
      /** Longer than MAX_ANSWER_BYTES. */
      readonly isTooLong?: true
      readonly retryAfterMs?: number
    }
  /** `isFinal`: another try would end the same, as with an address that the hub doesn't call. */
  | { readonly problem: string; readonly isFinal?: true }

/** What code and templates see of the recipient; the machine keeps it up to date with what it changes itself. */
export interface View {
  readonly leadId: number
  /** With `tags` and `attributes`. */
  readonly lead: JsonObject
  readonly event?: JsonObject
  /** Epoch ms. */
  readonly now: number
}

export interface Change {
  readonly addTags?: readonly string[]
  readonly removeTags?: readonly string[]
  /** Null removes. */
  readonly attributes?: JsonObject
}

/** What a step does to the world: committed with the position behind it, or not at all. */
export type Effect =
  | { readonly kind: 'send'; readonly message: WrittenMessage }
  | { readonly kind: 'sendTemplate'; readonly template: WrittenTemplate }
  | ({ readonly kind: 'change' } & Change)
  | { readonly kind: 'notify'; readonly script: number; readonly data: JsonObject }
  | {
      readonly kind: 'bot'
      readonly call: BotEffect
      /** How many effects of its own step stand before it: none of them is carried out if this one can't be. */
      readonly behind?: number
    }

export type FailureCode =
  | 'HUB_SCRIPT_RUNAWAY'
  | 'HUB_SCRIPT_DEPTH'
  | 'HUB_UNKNOWN_SCRIPT'
  /** Code or a template of the portal has failed. */
  | 'HUB_SCRIPT_CODE'
  /** What a step gave can't be used: an empty message, too many tags, a wrong call of `bot`. */
  | 'HUB_SCRIPT_CONTENT'
  /** An HTTP request of a step has failed for good. */
  | 'HUB_SCRIPT_CALL'

export type Stop =
  | { readonly kind: 'evaluate'; readonly task: Task }
  /** A program is needed: of the version, if one is named, else of the newest. */
  | { readonly kind: 'load'; readonly script: ScriptRef; readonly version?: number }
  | { readonly kind: 'wait'; readonly wait: Wait }
  | { readonly kind: 'end' }
  /** What was done before is done: its effects are committed with the failure. */
  | { readonly kind: 'fail'; readonly code: FailureCode; readonly problem: string }

export interface Loaded {
  readonly script: number
  readonly version: number
  readonly program: Program
}

export type Input =
  | { readonly kind: 'go' }
  | { readonly kind: 'evaluated'; readonly outcome: Outcome }
  /** Without `loaded`: there is no such script. */
  | { readonly kind: 'loaded'; readonly loaded?: Loaded }
  | { readonly kind: 'time' }
  | { readonly kind: 'reply'; readonly text: string }
  | { readonly kind: 'called'; readonly result: CallResult }

/** What the machine has asked for, and what it does with the answer. */
export type Asked =
  | { readonly kind: 'program'; readonly then: Input }
  | { readonly kind: 'run' }
  | { readonly kind: 'evaluate' }

export interface State {
  readonly progress: Progress
  readonly view: View
  /** Of the portal's texts: what templates put into them is escaped for it. */
  readonly textFormat?: TextFormat
  /** Of the frames that have run since `begin`. */
  readonly programs: ReadonlyMap<string, Program>
  /** Steps and effects since the last commit. */
  readonly burst: { readonly steps: number; readonly effects: number }
  readonly asked?: Asked
}

export interface Advance {
  readonly state: State
  /** Of this call alone; the caller collects them until the next commit. */
  readonly effects: readonly Effect[]
  readonly stop: Stop
}
