import { useDesk } from '../../desk/desk.ts'
import { SelectField, TextField } from '../../parts/field.tsx'
import { JsonField } from '../../parts/json-field.tsx'
import { RowsField } from '../../parts/rows-field.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { scripts } from '../../texts/communications/scripts.ts'
import { Branch } from './branch.tsx'
import type { StepFormProps } from './step-props.ts'
import { objectOf, type Step, textOf, withField } from './steps.ts'
import { useRows } from './use-rows.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** A request to another system. */
export function CallForm(props: StepFormProps) {
  const { say } = useDesk()
  const { step, onChange, path } = props
  const call = objectOf(step['call'])
  const change = (key: string, value: unknown): void =>
    onChange({ ...step, call: withField(call, key, value) })
  const headers = useRows(objectOf(call['headers']), (made) =>
    change('headers', Object.keys(made).length > 0 ? made : undefined),
  )
  const isInside = call['onError'] !== undefined
  const branch = isInside ? `${path}.call.onError` : `${path}.onError`
  const setBranch = (steps: readonly Step[]): void => {
    const kept = steps.length > 0 ? steps : undefined
    if (isInside) change('onError', kept)
    else onChange(withField(step, 'onError', kept))
  }
  return (
    <>
      <SelectField
        label={say(scripts.method)}
        value={textOf(call['method'] ?? 'GET')}
        options={METHODS.map((value) => ({ value, title: value }))}
        onPick={(method) => change('method', method)}
      />
      <TextField
        label={say(scripts.url)}
        hint={say(frame.templateHint)}
        value={textOf(call['url'])}
        onInput={(url) => onChange({ ...step, call: { ...call, url } })}
      />
      <RowsField
        label={say(scripts.headers)}
        columns={[
          { key: 'name', title: say(scripts.header) },
          { key: 'value', title: say(scripts.value) },
        ]}
        rows={headers.rows}
        onChange={headers.change}
      />
      <JsonField
        label={say(scripts.body)}
        value={call['body']}
        onChange={(body) => change('body', body)}
      />
      <TextField
        label={say(scripts.saveResult)}
        value={textOf(call['save'])}
        onInput={(save) => change('save', save)}
      />
      <Branch
        {...props}
        title={say(scripts.onError)}
        steps={call['onError'] ?? step['onError']}
        path={branch}
        onSteps={setBranch}
      />
    </>
  )
}
