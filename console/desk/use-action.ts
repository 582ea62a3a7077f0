import { useState } from 'preact/hooks'
import { ApiError, type FieldFault } from '../api/http.ts'
import { useDesk } from './desk.ts'
import type { Text, Values } from './words.ts'

export interface Action<A extends readonly unknown[]> {
  readonly isBusy: boolean
  /** The last one's, until the next. */
  readonly error: unknown
  readonly faults: readonly FieldFault[]
  run(...args: A): Promise<void>
  clear(): void
}

interface Outcome {
  /** What to say when it is done. */
  readonly done?: Text
  readonly values?: Values
}

interface ActionOptions {
  readonly isQuiet?: boolean
  readonly onError?: (error: unknown) => void
}

/**
 * Something a button does: once at a time, and it says what happened. With `isQuiet` a failure is shown by the page itself, beside
 * what it is about.
 */
export function useAction<A extends readonly unknown[]>(
  work: (...args: A) => Promise<Outcome | undefined>,
  { isQuiet = false, onError }: ActionOptions = {},
): Action<A> {
  const { toasts, say, explain } = useDesk()
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  return {
    isBusy,
    error,
    faults: error instanceof ApiError ? error.fields : [],
    clear: () => setError(undefined),
    async run(...args) {
      if (isBusy) return
      setBusy(true)
      setError(undefined)
      try {
        const outcome = await work(...args)
        if (outcome?.done) toasts.say('good', say(outcome.done, outcome.values))
      } catch (failure) {
        setError(failure)
        onError?.(failure)
        if (!isQuiet) toasts.say('bad', explain(failure))
      } finally {
        setBusy(false)
      }
    },
  }
}
