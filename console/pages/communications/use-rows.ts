import { useEffect, useRef, useState } from 'preact/hooks'
import type { Row } from '../../parts/rows-field.tsx'
import { textOf } from './steps.ts'

type Values = Readonly<Record<string, unknown>>

/**
 * An object as rows of name and value. While one types, names may be empty or the same; what is given on are the rows that have a name. A value
 * that wasn't touched keeps its kind: a number stays a number.
 */
export function useRows(
  object: Values,
  onChange: (object: Values) => void,
): { readonly rows: readonly Row[]; readonly change: (rows: readonly Row[]) => void } {
  const [rows, setRows] = useState(() => toRows(object))
  const written = JSON.stringify(object)
  const last = useRef(written)
  useEffect(() => {
    if (written === last.current) return
    last.current = written
    setRows(toRows(object))
  }, [written])
  return {
    rows,
    change(next) {
      setRows(next)
      const made = toObject(next, object)
      last.current = JSON.stringify(made)
      onChange(made)
    },
  }
}

function toRows(object: Values): readonly Row[] {
  return Object.entries(object).map(([name, value]) => ({ name, value: textOf(value) }))
}

function toObject(rows: readonly Row[], before: Values): Values {
  const named = rows.filter(({ name = '' }) => name.trim() !== '')
  return Object.fromEntries(
    named.map(({ name = '', value = '' }) => {
      const old = before[name]
      return [name, old !== undefined && textOf(old) === value ? old : value]
    }),
  )
}
