import { useState } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { frame } from '../texts/communications/frame.ts'
import { Field } from './field.tsx'

const UNITS = [
  { sec: 86_400, title: frame.days },
  { sec: 3600, title: frame.hours },
  { sec: 60, title: frame.minutes },
  { sec: 1, title: frame.seconds },
] as const

interface DurationFieldProps {
  readonly label: string
  readonly hint?: string
  readonly fault?: string | undefined
  readonly seconds: number
  readonly onChange: (seconds: number) => void
}

/** A length of time, in the unit that suits it. */
export function DurationField({ label, hint, fault, seconds, onChange }: DurationFieldProps) {
  const { say } = useDesk()
  const fits = UNITS.find(({ sec }) => seconds >= sec && seconds % sec === 0)
  const [unit, setUnit] = useState<number>(fits?.sec ?? 1)
  const shown = Number.isFinite(seconds) ? String(seconds / unit) : ''
  return (
    <Field label={label} hint={hint} fault={fault}>
      {(aria) => (
        <div class="row tight-row">
          <input
            {...aria}
            type="number"
            min="0"
            step="any"
            class="short"
            value={shown}
            onInput={({ currentTarget }) =>
              onChange(currentTarget.value === '' ? Number.NaN : Number(currentTarget.value) * unit)
            }
          />
          <select
            class="short"
            aria-label={say(frame.unit)}
            value={String(unit)}
            onChange={({ currentTarget }) => {
              const next = Number(currentTarget.value)
              setUnit(next)
              onChange((seconds / unit) * next)
            }}
          >
            {UNITS.map(({ sec, title }) => (
              <option key={sec} value={String(sec)}>
                {say(title)}
              </option>
            ))}
          </select>
        </div>
      )}
    </Field>
  )
}
