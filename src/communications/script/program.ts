import type { Json, JsonObject } from '../../core/json.ts'
import type { ScriptRef } from './steps.ts'

/** A call as the portal has written it; its strings may be templates, but for the method. */
export interface CallTemplate {
  readonly url: string
  readonly method: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Json
  readonly timeoutMs: number
}

interface OfStep {
  /** Of the step in the script, for people: `steps[2].then[0]`. */
  readonly path: string
}

/** One instruction. `pc` and its like are indices of `Program.ops`. */
export type Op =
  | (OfStep & { readonly op: 'send'; readonly message: JsonObject })
  | (OfStep & { readonly op: 'sendTemplate'; readonly template: JsonObject })
  | (OfStep & { readonly op: 'wait'; readonly seconds: number })
  | (OfStep & {
      readonly op: 'waitReply'
      readonly timeoutSec: number
      readonly save?: string
      /** Where it goes on when nobody has answered; at the next one if absent. */
      readonly onTimeout?: number
    })
  | (OfStep & {
      readonly op: 'tag'
      readonly add: readonly string[]
      readonly remove: readonly string[]
    })
  | (OfStep & { readonly op: 'set'; readonly attributes: JsonObject })
  | (OfStep & { readonly op: 'if'; readonly code: string; readonly otherwise: number })
  /** No step: it isn't counted as one. Always forward. */
  | { readonly op: 'jump'; readonly to: number }
  | (OfStep & {
      readonly op: 'call'
      readonly request: CallTemplate
      readonly save?: string
      /** Where it goes on when the call has failed; without it the job fails. */
      readonly onError?: number
    })
  | (OfStep & { readonly op: 'code'; readonly code: string })
  | (OfStep & { readonly op: 'run'; readonly script: ScriptRef })
  | (OfStep & { readonly op: 'notify'; readonly data: JsonObject })
  | (OfStep & { readonly op: 'end' })

export interface Program {
  readonly ops: readonly Op[]
}
