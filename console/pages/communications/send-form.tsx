import { useDesk } from '../../desk/desk.ts'
import { TextField } from '../../parts/field.tsx'
import { RowsField } from '../../parts/rows-field.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { scripts } from '../../texts/communications/scripts.ts'
import { parameterKinds } from '../../texts/communications/slots.ts'
import type { StepFormProps } from './step-props.ts'
import { linesOf, objectOf, simpleButtons, simpleFiles, textOf, withField } from './steps.ts'

/** A message's text, files and buttons; whatever else it has stays as it is. */
export function SendForm({ step, onChange }: StepFormProps) {
  const { say } = useDesk()
  const message = objectOf(step['send'])
  const buttons = simpleButtons(message['buttons'])
  const files = simpleFiles(message['files'])
  const change = (key: string, value: unknown): void =>
    onChange({ ...step, send: withField(message, key, value) })
  const shown = ['text', ...(buttons ? ['buttons'] : []), ...(files ? ['files'] : [])]
  const kept = Object.keys(message).filter((key) => !shown.includes(key))
  return (
    <>
      <TextField
        label={say(scripts.text)}
        hint={say(frame.templateHint)}
        rows={3}
        value={textOf(message['text'])}
        onInput={(text) => change('text', text)}
      />
      {buttons && (
        <TextField
          label={say(scripts.buttons)}
          hint={say(scripts.buttonsHint)}
          rows={2}
          value={buttons.join('\n')}
          onInput={(text) => change('buttons', rowsOf(text))}
        />
      )}
      {files && (
        <TextField
          label={say(scripts.files)}
          hint={say(scripts.filesHint)}
          rows={1}
          value={files.join('\n')}
          onInput={(text) => change('files', filesOf(text))}
        />
      )}
      {kept.length > 0 && <p class="muted small">{say(scripts.kept, { what: kept.join(', ') })}</p>}
    </>
  )
}

const rowsOf = (text: string): unknown => some(linesOf(text).map((line) => [{ text: line }]))
const filesOf = (text: string): unknown => some(linesOf(text).map((url) => ({ url })))
const some = <T,>(list: readonly T[]): readonly T[] | undefined =>
  list.length > 0 ? list : undefined

export function TemplateForm({ step, onChange }: StepFormProps) {
  const { say } = useDesk()
  const template = objectOf(step['sendTemplate'])
  const change = (key: string, value: unknown): void =>
    onChange({ ...step, sendTemplate: withField(template, key, value) })
  const parameters = Array.isArray(template['parameters'])
    ? (template['parameters'] as unknown[])
    : []
  const fields = [
    ['name', scripts.templateName],
    ['language', scripts.language],
    ['namespace', scripts.namespace],
  ] as const
  return (
    <>
      {fields.map(([key, title]) => (
        <TextField
          key={key}
          label={say(title)}
          value={textOf(template[key])}
          onInput={(value) => change(key, value)}
        />
      ))}
      <ParametersField
        parameters={parameters.map(objectOf)}
        onChange={(list) => change('parameters', some(list))}
      />
    </>
  )
}

interface ParametersFieldProps {
  readonly parameters: readonly Readonly<Record<string, unknown>>[]
  readonly onChange: (parameters: readonly Readonly<Record<string, string>>[]) => void
  readonly faultOf?: (row: number, column: string) => string | undefined
  readonly fault?: string | undefined
  readonly hint?: string
}

/** What fills the gaps of a template, in its order. */
export function ParametersField({ parameters, hint, ...rest }: ParametersFieldProps) {
  const { say } = useDesk()
  const options = Object.entries(parameterKinds).map(([value, words]) => ({
    value,
    title: say(words),
  }))
  return (
    <RowsField
      {...rest}
      label={say(scripts.parameters)}
      hint={hint ?? say(frame.templateHint)}
      columns={[
        { key: 'type', title: say(scripts.parameterType), options },
        { key: 'value', title: say(scripts.value) },
      ]}
      rows={parameters.map(({ type, value }) => ({ type: textOf(type), value: textOf(value) }))}
    />
  )
}
