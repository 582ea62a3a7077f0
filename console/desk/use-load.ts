import { useEffect, useRef, useState } from 'preact/hooks'
import { useDesk } from './desk.ts'

export interface Loaded<T> {
  /** What came last; it stays while it is loaded anew, so that nothing jumps. */
  readonly data: T | undefined
  readonly error: unknown
  readonly isLoading: boolean
  reload(): void
  /** Puts something newer in its place. */
  put(data: T): void
}

/** Loads when a page is opened, when one of `deps` changes, and when the hub has come back. What is no longer wanted is broken off. */
export function useLoad<T>(
  load: (stop: { readonly signal: AbortSignal }) => Promise<T>,
  deps: readonly unknown[],
): Loaded<T> {
  const { comebacks } = useDesk()
  const [state, setState] = useState<{ data?: T; error?: unknown; isLoading: boolean }>({
    isLoading: true,
  })
  const [round, setRound] = useState(0)
  const key = JSON.stringify(deps)
  const shown = useRef(key)
  useEffect(() => {
    const stop = new AbortController()
    const isSame = shown.current === key
    shown.current = key
    setState(({ data }) => ({ ...(isSame && data !== undefined && { data }), isLoading: true }))
    load({ signal: stop.signal }).then(
      (data) => stop.signal.aborted || setState({ data, isLoading: false }),
      (error: unknown) =>
        stop.signal.aborted ||
        setState(({ data }) => ({ ...(data !== undefined && { data }), error, isLoading: false })),
    )
    return () => stop.abort()
  }, [key, round, comebacks.value])
  return {
    data: state.data,
    error: state.error,
    isLoading: state.isLoading,
    reload: () => setRound((last) => last + 1),
    put: (data) => setState({ data, isLoading: false }),
  }
}
