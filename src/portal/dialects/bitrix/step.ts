import type { PhpInput } from './wire/php-value.ts'

/** What becomes of one event. */
export type Step =
  /**
   * An item of a command. The portal downloads its `files` while the post waits, and, if it has none or another, the
   * person's picture.
   */
  | {
      readonly kind: 'post'
      readonly command: string
      readonly item: PhpInput
      readonly files?: number
      readonly hasPicture?: true
    }
  /** There is nothing to be said of it to such a portal: it counts as taken. */
  | { readonly kind: 'skip' }
  /** The portal would lose it without a word. */
  | { readonly kind: 'reject'; readonly reason: string }

export const SKIP: Step = { kind: 'skip' }
