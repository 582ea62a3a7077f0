import type { ScriptItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import type { Text } from '../../desk/words.ts'
import { TextField } from '../../parts/field.tsx'
import { broadcasts } from '../../texts/communications/broadcasts.ts'
import { frame } from '../../texts/communications/frame.ts'
import type { BroadcastDraft } from './broadcast-draft.ts'
import { ScriptField } from './script-field.tsx'
import type { Editor } from './use-editor.ts'

interface BroadcastFieldsProps {
  readonly editor: Editor<BroadcastDraft>
  readonly scripts: readonly ScriptItem[]
}

interface Spec {
  readonly key: keyof BroadcastDraft
  /** As the hub names it. */
  readonly field: string
  readonly label: Text
  readonly hint?: Text
  readonly type?: 'number' | 'time' | 'datetime-local'
}

const WHOM: readonly Spec[] = [
  { key: 'tags', field: 'filter.tags', label: broadcasts.tags, hint: frame.commaSeparated },
  {
    key: 'notTags',
    field: 'filter.notTags',
    label: broadcasts.notTags,
    hint: frame.commaSeparated,
  },
  {
    key: 'seenAfter',
    field: 'filter.seenAfter',
    label: broadcasts.seenAfter,
    type: 'datetime-local',
  },
  {
    key: 'seenBefore',
    field: 'filter.seenBefore',
    label: broadcasts.seenBefore,
    type: 'datetime-local',
  },
  {
    key: 'language',
    field: 'filter.language',
    label: broadcasts.language,
    hint: broadcasts.languageHint,
  },
]

const HOW: readonly Spec[] = [
  {
    key: 'ratePerMinute',
    field: 'ratePerMinute',
    label: broadcasts.rate,
    hint: broadcasts.rateHint,
    type: 'number',
  },
  { key: 'optOut', field: 'optOut', label: broadcasts.optOut, hint: broadcasts.optOutHint },
  { key: 'quietFrom', field: 'quietHours.from', label: broadcasts.quietFrom, type: 'time' },
  { key: 'quietTo', field: 'quietHours.to', label: broadcasts.quietTo, type: 'time' },
  { key: 'timeZone', field: 'quietHours.timeZone', label: broadcasts.timeZone },
]

/** What is sent to whom, how fast and when not. */
export function BroadcastFields({ editor, scripts }: BroadcastFieldsProps) {
  const { say } = useDesk()
  const { draft, change, faultOf } = editor
  return (
    <>
      <ScriptField
        scripts={scripts}
        value={draft.script}
        isRequired
        fault={faultOf('script')}
        onPick={(script) => change({ script })}
      />
      <fieldset class="rows-field">
        <legend>{say(broadcasts.whom)}</legend>
        <div class="form-grid">
          <Fields specs={WHOM} editor={editor} />
        </div>
        <TextField
          label={say(frame.condition)}
          hint={say(frame.conditionHint)}
          isCode
          rows={2}
          value={draft.condition}
          fault={faultOf('filter.condition')}
          onInput={(condition) => change({ condition })}
        />
      </fieldset>
      <fieldset class="rows-field">
        <legend>{say(broadcasts.howFast)}</legend>
        <div class="form-grid">
          <Fields specs={HOW} editor={editor} />
        </div>
      </fieldset>
    </>
  )
}

function Fields({
  specs,
  editor,
}: {
  readonly specs: readonly Spec[]
  readonly editor: Editor<BroadcastDraft>
}) {
  const { say } = useDesk()
  return (
    <>
      {specs.map(({ key, field, label, hint, type }) => (
        <TextField
          key={key}
          label={say(label)}
          value={editor.draft[key]}
          fault={editor.faultOf(field)}
          onInput={(value) => editor.change({ [key]: value })}
          {...(hint && { hint: say(hint) })}
          {...(type && { type })}
        />
      ))}
    </>
  )
}
