import { useState } from 'preact/hooks'
import type { FieldFault } from '../api/http.ts'
import type { Field } from '../api/types.ts'
import {
  type FormValues,
  faultMap,
  faultOf,
  faultsOf,
  isShown,
  seenFaults,
  toSettings,
} from './fields.ts'
import { useUnsaved } from './use-unsaved.ts'

export interface SettingsState {
  readonly values: FormValues
  readonly stored: ReadonlySet<string>
  readonly faults: ReadonlyMap<string, string>
  readonly isChanged: boolean
  change(key: string, value: string): void
  leave(key: string): void
  /** What to send; undefined while something is wrong, which is then marked. */
  read(): Record<string, string> | undefined
  /** Marks what the hub found fault with. */
  blame(faults: readonly FieldFault[]): void
  /** Everything is saved as it stands. */
  settle(): void
}

interface FirstSettings {
  readonly values?: FormValues
  readonly stored?: ReadonlySet<string>
}

const NONE: ReadonlySet<string> = new Set()

/** The state of a settings form, which is called `name`: a field is checked once it was left, and from then on with each letter. */
export function useSettings(
  fields: readonly Field[],
  name: string,
  { values: first = {}, stored: firstStored = NONE }: FirstSettings = {},
): SettingsState {
  const [values, setValues] = useState(first)
  const [stored] = useState(firstStored)
  const [left, setLeft] = useState<ReadonlySet<string>>(NONE)
  const [blamed, setBlamed] = useState<ReadonlyMap<string, string>>(new Map())
  const [isChanged, setChanged] = useState(false)
  useUnsaved(isChanged, name)
  const own = new Map<string, string>()
  for (const field of fields) {
    if (!left.has(field.key) || !isShown(field, fields, values)) continue
    const fault = faultOf(field, values, stored)
    if (fault !== undefined) own.set(field.key, fault)
  }
  return {
    values,
    stored,
    isChanged,
    faults: new Map([...own, ...seenFaults(blamed, fields, values)]),
    change(key, value) {
      setValues((last) => ({ ...last, [key]: value }))
      setBlamed((last) => {
        const isOther = (field: string): boolean =>
          !seenFaults(new Map([[field, '']]), fields, values).has(key)
        return new Map([...last].filter(([field]) => isOther(field)))
      })
      setChanged(true)
    },
    leave: (key) => setLeft((last) => new Set([...last, key])),
    read() {
      setLeft(new Set(fields.map(({ key }) => key)))
      return faultsOf(fields, values, stored).size > 0 ? undefined : toSettings(fields, values)
    },
    blame: (faults) => setBlamed(faultMap(faults)),
    settle: () => setChanged(false),
  }
}

/** The eye goes to what is wrong. */
export function focusFault(): void {
  requestAnimationFrame(() => {
    const faulty = document.querySelector<HTMLElement>('[aria-invalid="true"]')
    faulty?.focus()
    faulty?.scrollIntoView({ block: 'center' })
  })
}
