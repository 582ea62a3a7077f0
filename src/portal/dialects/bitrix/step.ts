import type { PhpInput } from './php-value.ts'

/** What becomes of one event. */
export type Step =
  /** An item of a command. `hasFiles`: the portal downloads something while the post waits. */
  | {
      readonly kind: 'post'
      readonly command: string
      readonly item: PhpInput
      readonly hasFiles: boolean
    }
  /** There is nothing to be said of it to such a portal: it counts as taken. */
  | { readonly kind: 'skip' }
  /** The portal would lose it without a word. */
  | { readonly kind: 'reject'; readonly reason: string }

export const SKIP: Step = { kind: 'skip' }
