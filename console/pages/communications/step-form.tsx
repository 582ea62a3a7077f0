import { useDesk } from '../../desk/desk.ts'
import { DurationField } from '../../parts/duration-field.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { JsonField } from '../../parts/json-field.tsx'
import { RowsField } from '../../parts/rows-field.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { scripts } from '../../texts/communications/scripts.ts'
import { Branch } from './branch.tsx'
import { CallForm } from './call-form.tsx'
import { toList } from './line-desk.ts'
import { SendForm, TemplateForm } from './send-form.tsx'
import type { StepFormProps } from './step-props.ts'
import { objectOf, tagsOf, textOf, withField } from './steps.ts'
import { useRows } from './use-rows.ts'

/** The fields of a step, by its kind. */
export function StepForm(props: StepFormProps) {
  const Form = FORMS[props.kind]
  return (
    <div class="stack tight">
      <Form {...props} />
    </div>
  )
}

function WaitForm({ step, onChange }: StepFormProps) {
  const { say } = useDesk()
  return (
    <DurationField
      label={say(scripts.howLong)}
      seconds={Number(step['wait'])}
      onChange={(wait) => onChange({ ...step, wait })}
    />
  )
}

function ReplyForm(props: StepFormProps) {
  const { say } = useDesk()
  const { step, onChange, path } = props
  const reply = objectOf(step['waitReply'])
  const change = (key: string, value: unknown): void =>
    onChange({ ...step, waitReply: withField(reply, key, value) })
  return (
    <>
      <DurationField
        label={say(scripts.atMost)}
        seconds={Number(reply['timeoutSec'])}
        onChange={(seconds) => change('timeoutSec', seconds)}
      />
      <TextField
        label={say(scripts.saveAs)}
        value={textOf(reply['save'])}
        onInput={(value) => change('save', value)}
      />
      <Branch
        {...props}
        title={say(scripts.onTimeout)}
        steps={reply['onTimeout']}
        path={`${path}.waitReply.onTimeout`}
        onSteps={(steps) => change('onTimeout', steps.length > 0 ? steps : undefined)}
      />
    </>
  )
}

function TagForm({ step, onChange }: StepFormProps) {
  const { say } = useDesk()
  const tag = objectOf(step['tag'])
  const change = (key: string, text: string): void =>
    onChange({
      ...step,
      tag: withField(tag, key, text.trim() === '' ? undefined : typedList(text)),
    })
  return (
    <>
      {(['add', 'remove'] as const).map((key) => (
        <TextField
          key={key}
          label={say(key === 'add' ? scripts.addTags : scripts.removeTags)}
          hint={say(frame.commaSeparated)}
          value={tagsOf(tag[key])}
          onInput={(text) => change(key, text)}
        />
      ))}
    </>
  )
}

/** While one types, a comma at the end must stay. */
function typedList(text: string): string | readonly string[] {
  return text.endsWith(',') || text.endsWith(' ') ? text : toList(text)
}

function SetForm({ step, onChange }: StepFormProps) {
  const { say } = useDesk()
  const { rows, change } = useRows(objectOf(step['set']), (set) => onChange({ ...step, set }))
  return (
    <RowsField
      label={say(scripts.attribute)}
      hint={say(frame.templateHint)}
      columns={[
        { key: 'name', title: say(scripts.attribute) },
        { key: 'value', title: say(scripts.value) },
      ]}
      rows={rows}
      onChange={change}
    />
  )
}

function IfForm(props: StepFormProps) {
  const { say } = useDesk()
  const { step, onChange, path } = props
  return (
    <>
      <TextField
        label={say(scripts.condition)}
        hint={say(scripts.conditionHint)}
        isCode
        rows={2}
        value={textOf(step['if'])}
        onInput={(code) => onChange({ ...step, if: code })}
      />
      <Branch
        {...props}
        title={say(scripts.thenSteps)}
        steps={step['then']}
        path={`${path}.then`}
        onSteps={(then) => onChange({ ...step, then })}
      />
      <Branch
        {...props}
        title={say(scripts.elseSteps)}
        steps={step['else']}
        path={`${path}.else`}
        onSteps={(steps) => onChange(withField(step, 'else', steps.length > 0 ? steps : undefined))}
      />
    </>
  )
}

function CodeForm({ step, onChange }: StepFormProps) {
  const { say } = useDesk()
  return (
    <TextField
      label={say(scripts.javascript)}
      isCode
      rows={5}
      value={textOf(step['code'])}
      onInput={(code) => onChange({ ...step, code })}
    />
  )
}

function RunForm({ step, scriptCodes, onChange }: StepFormProps) {
  const { say } = useDesk()
  const value = textOf(step['run'])
  const codes = scriptCodes.includes(value) || value === '' ? scriptCodes : [value, ...scriptCodes]
  const options = ['', ...codes].map((code) => ({ value: code, title: code }))
  return (
    <SelectField
      label={say(frame.script)}
      value={value}
      options={options}
      onPick={(code) => onChange({ ...step, run: code })}
    />
  )
}

function NotifyForm({ step, onChange }: StepFormProps) {
  const { say } = useDesk()
  return (
    <JsonField
      label={say(scripts.notify)}
      hint={say(frame.templateHint)}
      isObject
      value={step['notify']}
      onChange={(value) => onChange({ ...step, notify: value ?? {} })}
    />
  )
}

function EndForm() {
  const { say } = useDesk()
  return <p class="muted small">{say(scripts.nothingToSet)}</p>
}

const FORMS = {
  send: SendForm,
  sendTemplate: TemplateForm,
  wait: WaitForm,
  waitReply: ReplyForm,
  tag: TagForm,
  set: SetForm,
  if: IfForm,
  call: CallForm,
  code: CodeForm,
  run: RunForm,
  notify: NotifyForm,
  end: EndForm,
} as const
