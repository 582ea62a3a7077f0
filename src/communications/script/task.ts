import type { Json, JsonObject } from '../../core/json.ts'
import type { TextFormat } from '../../core/portal.ts'

/** What code and templates of a portal see. */
export interface Scope {
  readonly leadId?: number
  readonly lead?: JsonObject
  readonly params?: JsonObject
  readonly event?: JsonObject
  /** Epoch ms. */
  readonly now: number
}

/** One call of `bot` that code has made. */
export interface BotCall {
  readonly name: string
  readonly args: readonly Json[]
}

/** What the sandbox is asked. */
export type Task =
  | { readonly kind: 'condition'; readonly code: string; readonly scope: Scope }
  | { readonly kind: 'code'; readonly code: string; readonly scope: Scope }
  | {
      readonly kind: 'render'
      /** Each of its strings is a template. */
      readonly template: Json
      readonly scope: Scope
      /** The format that the outputs of the template are text of: what would read as markup in it is escaped. */
      readonly escape?: TextFormat['text']
    }

/** What the sandbox answers. */
export type Outcome =
  | { readonly ok: true; readonly value: Json; readonly calls: readonly BotCall[] }
  | { readonly ok: false; readonly problem: string }
