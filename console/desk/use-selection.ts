import { useState } from 'preact/hooks'

export interface PickedRows {
  readonly keys: readonly string[]
  readonly isAll: boolean
  has(key: string): boolean
  toggle(key: string): void
  toggleAll(): void
  clear(): void
}

/** Which rows of a list are ticked; those that are no longer in it are forgotten. */
export function useSelection(all: readonly string[]): PickedRows {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const keys = all.filter((key) => ticked.has(key))
  const isAll = all.length > 0 && keys.length === all.length
  return {
    keys,
    isAll,
    has: (key) => ticked.has(key),
    toggle: (key) =>
      setTicked((last) => {
        const next = new Set(last)
        if (!next.delete(key)) next.add(key)
        return next
      }),
    toggleAll: () => setTicked(new Set(isAll ? [] : all)),
    clear: () => setTicked(new Set()),
  }
}
