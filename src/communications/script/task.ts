import type { TextFormat } from '../../core/portal.ts'

/** What goes to the sandbox and comes back: what JSON.parse gives, so nothing in it is undefined. */
export type PlainJson =
  | null
  | boolean
  | number
  | string
  | readonly PlainJson[]
  | { readonly [key: string]: PlainJson }

/** What code and templates of a portal see. */
export interface Scope {
  /** With its number as `lead`. */
  readonly lead: { readonly [key: string]: PlainJson }
  readonly params: { readonly [key: string]: PlainJson }
  readonly event?: PlainJson
  /** Epoch ms. */
  readonly now: number
}

/** One call of `bot` that code has made. */
export interface BotCall {
  readonly name: string
  readonly args: readonly PlainJson[]
}

/** What the sandbox is asked. */
export type Task =
  | { readonly kind: 'condition' | 'code'; readonly code: string; readonly scope: Scope }
  | RenderTask

export interface RenderTask {
  readonly kind: 'render'
  /** Each of its strings is a template. */
  readonly template: PlainJson
  readonly scope: Scope
  /** Of a message: the format of its `text`, in which what comes out of templates is to show literally. */
  readonly escape?: TextFormat
}

/** What the sandbox answers. */
export type Outcome =
  | { readonly ok: true; readonly value: PlainJson; readonly calls: readonly BotCall[] }
  | { readonly ok: false; readonly problem: string }
