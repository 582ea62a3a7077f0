import type { Field as FieldSpec } from '../api/types.ts'
import { useDesk } from '../desk/desk.ts'
import { type FormValues, isShown } from '../desk/fields.ts'
import { asSentence, capitalize } from '../desk/words.ts'
import { common as commonTexts } from '../texts/common.ts'
import { SelectField, TextField } from './field.tsx'
import { OutLink } from './link.tsx'

export interface SettingsFormProps {
  /** All of them: which of them are shown depends on the others. */
  readonly fields: readonly FieldSpec[]
  /** Keys of those that are asked for elsewhere. */
  readonly without?: ReadonlySet<string>
  readonly values: FormValues
  /** Secrets that the hub holds already. */
  readonly stored: ReadonlySet<string>
  /** By field, in the hub's words. */
  readonly faults: ReadonlyMap<string, string>
  readonly onChange: (key: string, value: string) => void
  /** From now on the field is checked as one types. */
  readonly onLeave: (key: string) => void
}

/** A form as a connector or dialect describes it; what most people leave alone is folded away. */
export function SettingsForm(props: SettingsFormProps) {
  const { say } = useDesk()
  const { fields, values, faults, without } = props
  const shown = fields.filter((field) => !without?.has(field.key) && isShown(field, fields, values))
  const plain = shown.filter(({ group }) => group === undefined)
  const advanced = shown.filter(({ group }) => group === 'advanced')
  return (
    <div class="stack">
      {plain.map((field) => (
        <SettingField key={field.key} field={field} {...props} />
      ))}
      {advanced.length > 0 && (
        <details class="advanced" open={advanced.some(({ key }) => faults.has(key)) || undefined}>
          <summary>{say(commonTexts.advanced)}</summary>
          <p class="hint">{say(commonTexts.advancedHint)}</p>
          <div class="stack">
            {advanced.map((field) => (
              <SettingField key={field.key} field={field} {...props} />
            ))}
          </div>
        </details>
      )}
    </div>
  )
}

type SettingFieldProps = Omit<SettingsFormProps, 'without'> & {
  readonly field: FieldSpec
}

export function SettingField({
  fields,
  field,
  values,
  stored,
  faults,
  onChange,
  onLeave,
}: SettingFieldProps) {
  const { say, language, words, problem } = useDesk()
  const { key, link } = field
  const labelOf = (one: FieldSpec): string => (language === 'ru' && one.ru?.label) || one.label
  const labelOfKey = (named: string): string => {
    const other = fields.find((one) => one.key === named)
    return other ? labelOf(other) : named
  }
  const label = labelOf(field)
  const fault = faults.get(key)
  const common = {
    label,
    isRequired: field.required && !field.isGenerated && field.default === undefined,
    fault: fault && problem(fault, labelOfKey),
    value: values[key] ?? field.default ?? '',
    hint: (
      <>
        <Hint field={field} isStored={stored.has(key)} />
        {link && <OutLink href={link.url}>{words(link.label)}</OutLink>}
      </>
    ),
  }
  if (field.type === 'select') {
    const options = (field.options ?? []).map((value) => {
      const title = field.optionLabels?.[value]
      return { value, title: title ? capitalize(words(title)) : value }
    })
    // Without a default nothing is chosen yet, and that is to be seen.
    if (common.value === '') options.unshift({ value: '', title: say(commonTexts.notChosen) })
    return <SelectField {...common} options={options} onPick={(value) => onChange(key, value)} />
  }
  return (
    <TextField
      {...common}
      value={values[key] ?? ''}
      placeholder={stored.has(key) ? '••••••••' : (field.default ?? '')}
      isSecret={field.secret}
      onInput={(value) => onChange(key, value)}
      onLeave={() => onLeave(key)}
    />
  )
}

function Hint({ field, isStored }: { readonly field: FieldSpec; readonly isStored: boolean }) {
  const { say, language } = useDesk()
  const help = (language === 'ru' && field.ru?.help) || field.help
  return (
    <>
      {help && <span>{asSentence(help)} </span>}
      {isStored && <span>{say(commonTexts.secretKept)} </span>}
      {field.isGenerated && !isStored && <span>{say(commonTexts.generated)} </span>}
    </>
  )
}
