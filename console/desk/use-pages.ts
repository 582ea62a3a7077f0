import { useState } from 'preact/hooks'
import type { Page } from '../api/types.ts'
import { useDesk } from './desk.ts'
import { type Loaded, useLoad } from './use-load.ts'

export interface Paged<T> {
  /** The first page: while it isn't there, there is nothing to show. */
  readonly first: Loaded<Page<T> & { readonly total?: number }>
  /** Of all pages so far. */
  readonly items: readonly T[]
  readonly hasMore: boolean
  readonly isBusy: boolean
  more(): Promise<void>
}

interface Further<T> {
  readonly key: string
  readonly items: readonly T[]
  readonly cursor: string | undefined
}

/** A list that is fetched page by page; it begins anew when one of `deps` changes. */
export function usePages<T>(
  load: (cursor: string | undefined, stop?: { readonly signal: AbortSignal }) => Promise<Page<T>>,
  deps: readonly unknown[],
): Paged<T> {
  const { toasts, explain } = useDesk()
  const first = useLoad((stop) => load(undefined, stop), deps)
  const [further, setFurther] = useState<Further<T>>()
  const [isBusy, setBusy] = useState(false)
  const key = JSON.stringify([deps, first.data?.items.length, first.data?.cursor])
  const rest = further?.key === key ? further : undefined
  const cursor = rest ? rest.cursor : first.data?.cursor
  return {
    first,
    items: [...(first.data?.items ?? []), ...(rest?.items ?? [])],
    hasMore: cursor !== undefined,
    isBusy,
    async more() {
      if (cursor === undefined || isBusy) return
      setBusy(true)
      try {
        const page = await load(cursor)
        setFurther({ key, items: [...(rest?.items ?? []), ...page.items], cursor: page.cursor })
      } catch (error) {
        toasts.say('bad', explain(error))
      } finally {
        setBusy(false)
      }
    },
  }
}
