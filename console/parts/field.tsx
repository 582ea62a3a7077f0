import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { common } from '../texts/common.ts'
import { Icon } from './icons.tsx'

interface FieldProps {
  readonly label: string
  readonly hint?: ComponentChildren
  /** What is wrong with it, in words. */
  readonly fault?: string | undefined
  readonly isRequired?: boolean
  /** Draws the input, which is labelled and described by these. */
  readonly children: (aria: FieldAria) => ComponentChildren
}

export interface FieldAria {
  readonly id: string
  readonly 'aria-describedby': string
  readonly 'aria-invalid': boolean
  readonly required: boolean
}

/** A label, an input, and what there is to say of it. */
export function Field({ label, hint, fault, isRequired = false, children }: FieldProps) {
  const { say } = useDesk()
  const id = useId()
  return (
    <div class={fault ? 'field faulty' : 'field'}>
      <label for={id}>
        {label}
        {isRequired && <span class="required"> {say(common.required)}</span>}
      </label>
      {children({
        id,
        'aria-describedby': `${id}-hint ${id}-fault`,
        'aria-invalid': fault !== undefined,
        required: isRequired,
      })}
      <div id={`${id}-fault`} class="fault" role="alert">
        {fault && (
          <>
            <Icon name="warning" />
            <span>{fault}</span>
          </>
        )}
      </div>
      <div id={`${id}-hint`} class="hint">
        {hint}
      </div>
    </div>
  )
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string
  readonly onInput: (value: string) => void
  readonly onLeave?: () => void
  readonly placeholder?: string
  readonly isSecret?: boolean
  readonly rows?: number
  readonly isCode?: boolean
  readonly type?: 'text' | 'number' | 'time' | 'datetime-local' | 'search'
}

export function TextField(props: TextFieldProps) {
  const { value, onInput, onLeave, placeholder, isSecret, rows, isCode, type = 'text' } = props
  const input = {
    value,
    placeholder,
    class: isCode || isSecret ? 'code' : undefined,
    autocomplete: isSecret ? ('new-password' as const) : ('off' as const),
    spellcheck: false,
    onInput: (event: { currentTarget: { value: string } }) => onInput(event.currentTarget.value),
    onBlur: onLeave,
  }
  // The types want a role that goes with each kind of input; none of these has one.
  const kind = { type: isSecret ? 'password' : type } as { readonly type: 'password' }
  return (
    <Field {...props}>
      {(aria) =>
        rows ? (
          <textarea {...aria} {...input} rows={rows} dir={isCode ? 'ltr' : 'auto'} />
        ) : (
          <input {...aria} {...input} {...kind} dir="auto" />
        )
      }
    </Field>
  )
}

interface SelectFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string
  readonly options: readonly { readonly value: string; readonly title: string }[]
  readonly onPick: (value: string) => void
}

export function SelectField(props: SelectFieldProps) {
  const { value, options, onPick } = props
  return (
    <Field {...props}>
      {(aria) => (
        <select {...aria} value={value} onChange={(event) => onPick(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.title}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

export function CheckField({
  label,
  isOn,
  onToggle,
}: {
  readonly label: string
  readonly isOn: boolean
  readonly onToggle: (isOn: boolean) => void
}) {
  return (
    <label class="check-field">
      <input
        type="checkbox"
        checked={isOn}
        onChange={(event) => onToggle(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  )
}
