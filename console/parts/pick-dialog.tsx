import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { useLoad } from '../desk/use-load.ts'
import { common } from '../texts/common.ts'
import { Dialog } from './dialog.tsx'
import { TextField } from './field.tsx'
import { Await } from './states.tsx'

const TYPING_MS = 250

interface PickDialogProps<T> {
  readonly title: string
  readonly placeholder?: string
  readonly load: (q: string, stop: { readonly signal: AbortSignal }) => Promise<readonly T[]>
  readonly keyOf: (one: T) => string
  readonly show: (one: T) => ComponentChildren
  /** Said where nothing is found; `isSearch`: for what was typed. */
  readonly empty: (isSearch: boolean) => string
  readonly onPick: (one: T) => void
  readonly onClose: () => void
}

/** One of many, found by typing: there may be a hundred thousand of them. */
export function PickDialog<T>(props: PickDialogProps<T>) {
  const { say } = useDesk()
  const [q, setQ] = useState('')
  const typed = useSettled(q)
  const found = useLoad((stop) => props.load(typed, stop), [typed])
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <TextField
        label={say(common.search)}
        type="search"
        value={q}
        onInput={setQ}
        {...(props.placeholder && { placeholder: props.placeholder })}
      />
      <Await of={found} rows={3}>
        {(items) =>
          items.length === 0 ? (
            <p class="muted">{props.empty(typed !== '')}</p>
          ) : (
            <ul class="pick-list">
              {items.map((one) => (
                <li key={props.keyOf(one)}>
                  <button type="button" class="pick" onClick={() => props.onPick(one)}>
                    {props.show(one)}
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </Dialog>
  )
}

/** A text once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}
