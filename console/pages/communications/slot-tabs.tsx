import type { ScriptItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { TextField } from '../../parts/field.tsx'
import { nameOf } from '../../parts/line-name.tsx'
import { RowsField } from '../../parts/rows-field.tsx'
import { titleOf } from '../../texts/channels.ts'
import { frame } from '../../texts/communications/frame.ts'
import { scripts as words } from '../../texts/communications/scripts.ts'
import { slots } from '../../texts/communications/slots.ts'
import type { LineDesk } from './line-desk.ts'
import { ScriptField } from './script-field.tsx'
import { ParametersField } from './send-form.tsx'
import type { SlotDraft } from './slot-draft.ts'
import type { Editor } from './use-editor.ts'

interface TabProps {
  readonly editor: Editor<SlotDraft>
}

/** Its name, and what runs behind it. */
export function GeneralTab({
  editor,
  scripts,
}: TabProps & { readonly scripts: readonly ScriptItem[] }) {
  const { say } = useDesk()
  const { draft, change, faultOf } = editor
  return (
    <>
      <TextField
        label={say(frame.name)}
        hint={say(slots.nameHint)}
        isRequired
        value={draft.name}
        fault={faultOf('name')}
        onInput={(name) => change({ name })}
      />
      {(['onSuccess', 'onFail', 'onNoAccount'] as const).map((key) => (
        <ScriptField
          key={key}
          scripts={scripts}
          label={say(slots[key])}
          value={draft[key]}
          fault={faultOf(key)}
          onPick={(script) => change({ [key]: script })}
        />
      ))}
    </>
  )
}

/** What scripts get of the request. */
export function IncomingTab({ editor: { draft, change, faultOf } }: TabProps) {
  const { say } = useDesk()
  return (
    <RowsField
      label={say(slots.incoming)}
      hint={say(slots.incomingHint)}
      empty={say(slots.noIncoming)}
      columns={[
        { key: 'contextKey', title: say(slots.contextKey) },
        { key: 'requestKey', title: say(slots.requestKey) },
      ]}
      rows={draft.incoming}
      faultOf={(row, column) => faultOf(`incoming[${row}].${column}`)}
      onChange={(incoming) => change({ incoming })}
    />
  )
}

/** Where it goes, and with which template. */
export function DestinationTab({ editor, desk }: TabProps & { readonly desk: LineDesk }) {
  const { say } = useDesk()
  const { draft, change, faultOf } = editor
  const fields = [
    ['templateName', words.templateName],
    ['namespace', words.namespace],
    ['language', words.language],
  ] as const
  return (
    <>
      <div class="field">
        <span class="label">{say(frame.line)}</span>
        <span class="fixed">
          {say(titleOf(desk.line.connector))} · {nameOf(desk.line)}
        </span>
      </div>
      {fields.map(([key, title]) => (
        <TextField
          key={key}
          label={say(title)}
          hint={say(slots.expressionHint)}
          isRequired
          value={draft[key]}
          fault={faultOf(key)}
          onInput={(value) => change({ [key]: value })}
        />
      ))}
      <ParametersField
        parameters={draft.parameters}
        hint={say(slots.expressionHint)}
        fault={faultOf('parameters')}
        faultOf={(row, column) => faultOf(`parameters[${row}].${column}`)}
        onChange={(parameters) => change({ parameters })}
      />
      <TextField
        label={say(slots.text)}
        hint={say(slots.textHint)}
        rows={3}
        value={draft.text}
        fault={faultOf('text')}
        onInput={(text) => change({ text })}
      />
    </>
  )
}
