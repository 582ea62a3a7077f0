import type { ScriptItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { SelectField } from '../../parts/field.tsx'
import { triggers } from '../../texts/communications/triggers.ts'
import { ScriptField } from './script-field.tsx'
import { StepEditor } from './step-editor.tsx'
import type { TriggerDraft } from './trigger-draft.ts'
import type { Editor } from './use-editor.ts'

interface TriggerDoesProps {
  readonly editor: Editor<TriggerDraft>
  readonly scripts: readonly ScriptItem[]
}

/** A script that it runs, or steps of its own. */
export function TriggerDoes({ editor, scripts }: TriggerDoesProps) {
  const { say } = useDesk()
  const { draft, change, faultOf, faults } = editor
  return (
    <>
      <SelectField
        label={say(triggers.does)}
        value={draft.does}
        options={[
          { value: 'script', title: say(triggers.runsScript) },
          { value: 'steps', title: say(triggers.ownSteps) },
        ]}
        onPick={(does) => change({ does: does === 'steps' ? 'steps' : 'script' })}
      />
      {draft.does === 'script' ? (
        <ScriptField
          scripts={scripts}
          value={draft.script}
          isRequired
          fault={faultOf('script')}
          onPick={(script) => change({ script })}
        />
      ) : (
        <StepEditor
          steps={draft.steps}
          faults={faults}
          fault={faultOf('steps')}
          scriptCodes={scripts.map(({ code }) => code)}
          onChange={(steps) => change({ steps })}
        />
      )}
    </>
  )
}
