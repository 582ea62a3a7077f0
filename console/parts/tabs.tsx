import { useEffect, useRef } from 'preact/hooks'

export interface Tab {
  readonly id: string
  readonly title: string
  readonly count?: number
  readonly hasFault?: boolean
}

interface TabsProps {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly current: string
  readonly onPick: (id: string) => void
  /** The id of what they show, where there is more than one such on the page. */
  readonly panel?: string
}

/** Tabs as ARIA has them: one stop for the Tab key, arrows go from one to the next. */
export function Tabs({ label, tabs, current, onPick, panel = 'panel' }: TabsProps) {
  const bar = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Sideways alone: the page stays where it is.
    const tab = bar.current?.querySelector<HTMLElement>('[aria-selected="true"]')
    if (bar.current && tab) bar.current.scrollLeft = tab.offsetLeft - bar.current.offsetLeft - 24
  }, [current])
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const at = tabs.findIndex(({ id }) => id === current)
    const next = tabs[(at + step + tabs.length) % tabs.length]
    if (!next) return
    onPick(next.id)
    bar.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus()
  }
  return (
    <div ref={bar} class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(({ id, title, count, hasFault }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          data-tab={id}
          aria-selected={id === current}
          aria-controls={panel}
          tabIndex={id === current ? 0 : -1}
          class={hasFault ? 'tab faulty' : 'tab'}
          onClick={() => onPick(id)}
        >
          {title}
          {count !== undefined && count > 0 && <span class="count">{count}</span>}
        </button>
      ))}
    </div>
  )
}
