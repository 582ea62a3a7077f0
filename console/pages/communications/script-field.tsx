import type { ScriptItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { SelectField } from '../../parts/field.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { titleOf } from './line-desk.ts'

interface ScriptFieldProps {
  readonly scripts: readonly ScriptItem[]
  readonly value: string
  readonly onPick: (code: string) => void
  readonly label?: string
  readonly fault?: string | undefined
  readonly isRequired?: boolean
}

/** One of the line's scripts; one that isn't among them any more is shown all the same. */
export function ScriptField({ scripts, value, label, ...rest }: ScriptFieldProps) {
  const { say } = useDesk()
  const isKnown = value === '' || scripts.some(({ code }) => code === value)
  const options = [
    { value: '', title: say(frame.noScript) },
    ...(isKnown ? [] : [{ value, title: value }]),
    ...scripts.map((script) => ({ value: script.code, title: titleOf(script).slice(0, 100) })),
  ]
  return (
    <SelectField {...rest} label={label ?? say(frame.script)} value={value} options={options} />
  )
}
