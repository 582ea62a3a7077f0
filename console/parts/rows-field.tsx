import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { frame } from '../texts/communications/frame.ts'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'

export interface RowColumn {
  readonly key: string
  readonly title: string
  /** Of a select; a line of text without. */
  readonly options?: readonly { readonly value: string; readonly title: string }[]
}

export type Row = Readonly<Record<string, string>>

interface RowsFieldProps {
  readonly label: string
  readonly hint?: ComponentChildren
  readonly columns: readonly RowColumn[]
  readonly rows: readonly Row[]
  readonly onChange: (rows: readonly Row[]) => void
  /** By row and column: what is wrong, in words. */
  readonly faultOf?: (row: number, column: string) => string | undefined
  /** Of the list as a whole. */
  readonly fault?: string | undefined
  readonly empty?: string
}

/** A small table that one fills in, row by row. */
export function RowsField(props: RowsFieldProps) {
  const { say } = useDesk()
  const { label, hint, columns, rows, onChange, fault, empty } = props
  const id = useId()
  const blank = Object.fromEntries(
    columns.map(({ key, options }) => [key, options?.[0]?.value ?? '']),
  )
  return (
    <fieldset class={fault ? 'rows-field faulty' : 'rows-field'} aria-describedby={`${id}-hint`}>
      <legend>{label}</legend>
      <div id={`${id}-hint`} class="hint">
        {hint}
      </div>
      {fault && <Fault text={fault} />}
      {rows.length === 0 && empty && <p class="muted small">{empty}</p>}
      {rows.map((row, at) => (
        <RowLine key={at} {...props} row={row} at={at} />
      ))}
      <Button icon="plus" isSmall onClick={() => onChange([...rows, blank])}>
        {say(frame.addRow)}
      </Button>
    </fieldset>
  )
}

function RowLine(props: RowsFieldProps & { readonly row: Row; readonly at: number }) {
  const { say } = useDesk()
  const { columns, rows, onChange, faultOf, row, at } = props
  const change = (key: string, value: string): void =>
    onChange(rows.map((one, index) => (index === at ? { ...one, [key]: value } : one)))
  return (
    <div class="rows-line">
      {columns.map((column) => (
        <Cell
          key={column.key}
          column={column}
          value={row[column.key] ?? ''}
          fault={faultOf?.(at, column.key)}
          label={`${column.title} ${at + 1}`}
          onChange={(value) => change(column.key, value)}
        />
      ))}
      <Button
        kind="quiet"
        icon="trash"
        label={say(frame.removeRow, { n: at + 1 })}
        onClick={() => onChange(rows.filter((_, index) => index !== at))}
      />
    </div>
  )
}

interface CellProps {
  readonly column: RowColumn
  readonly value: string
  readonly fault: string | undefined
  readonly label: string
  readonly onChange: (value: string) => void
}

function Cell({ column, value, fault, label, onChange }: CellProps) {
  const id = useId()
  const aria = {
    'aria-label': label,
    'aria-invalid': fault !== undefined,
    'aria-describedby': `${id}-fault`,
  }
  return (
    <div class={fault ? 'field rows-cell faulty' : 'field rows-cell'}>
      {column.options ? (
        <select {...aria} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {column.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.title}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...aria}
          value={value}
          placeholder={column.title}
          dir="auto"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <div id={`${id}-fault`} class="fault" role="alert">
        {fault && <span>{fault}</span>}
      </div>
    </div>
  )
}

function Fault({ text }: { readonly text: string }) {
  return (
    <div class="fault" role="alert">
      <Icon name="warning" />
      <span>{text}</span>
    </div>
  )
}
