import { useEffect, useRef, useState } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { frame } from '../texts/communications/frame.ts'
import { Field } from './field.tsx'

interface JsonFieldProps {
  readonly label: string
  readonly hint?: string
  readonly fault?: string | undefined
  readonly value: unknown
  /** Called with what is valid alone; an empty field gives undefined. */
  readonly onChange: (value: unknown) => void
  readonly isObject?: boolean
  readonly rows?: number
}

/** JSON as one types it: what is not valid yet is kept in the field and said, and the last valid value stays. */
export function JsonField(props: JsonFieldProps) {
  const { say } = useDesk()
  const { label, hint, value, onChange, isObject = false, rows = 4 } = props
  const written = value === undefined ? '' : JSON.stringify(value, null, 2)
  const [text, setText] = useState(written)
  const [own, setOwn] = useState<string>()
  const last = useRef(written)
  useEffect(() => {
    if (written !== last.current) {
      last.current = written
      setText(written)
      setOwn(undefined)
    }
  }, [written])
  const input = (next: string): void => {
    setText(next)
    const read = readJson(next)
    const isFit = read.isValid && (!isObject || isPlainObject(read.value))
    setOwn(isFit ? undefined : say(read.isValid ? frame.notObject : frame.notJson))
    if (!isFit) return
    last.current = read.value === undefined ? '' : JSON.stringify(read.value, null, 2)
    onChange(read.value)
  }
  return (
    <Field label={label} hint={hint} fault={own ?? props.fault}>
      {(aria) => (
        <textarea
          {...aria}
          class="code"
          dir="ltr"
          rows={rows}
          spellcheck={false}
          autocomplete="off"
          value={text}
          data-unreadable={own !== undefined ? '' : undefined}
          onInput={({ currentTarget }) => input(currentTarget.value)}
        />
      )}
    </Field>
  )
}

/** Is there JSON on the page that can't be read? What is saved would not be what one sees, so the field gets the focus instead. */
export function focusUnreadable(): boolean {
  const field = document.querySelector<HTMLElement>('[data-unreadable]')
  field?.focus()
  field?.scrollIntoView({ block: 'center' })
  return field !== null
}

export type ReadJson =
  | { readonly isValid: true; readonly value: unknown }
  | { readonly isValid: false; readonly value?: undefined }

export function readJson(text: string): ReadJson {
  if (text.trim() === '') return { isValid: true, value: undefined }
  try {
    return { isValid: true, value: JSON.parse(text) }
  } catch {
    return { isValid: false }
  }
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
