import { useEffect, useState } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { common } from '../texts/common.ts'
import { TextField } from './field.tsx'

/** Long enough that a word is looked for once, short enough not to be waited for. */
const TYPING_MS = 250

/** Looks for what was typed once the typing pauses. */
export function SearchBox({
  value,
  onSearch,
  placeholder,
}: {
  readonly value: string
  readonly onSearch: (q: string) => void
  readonly placeholder: string
}) {
  const { say } = useDesk()
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onSearch(text.trim()), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <TextField
      label={say(common.search)}
      type="search"
      value={text}
      placeholder={placeholder}
      onInput={setText}
    />
  )
}
