import { useState } from 'preact/hooks'
import type { FieldFault } from '../../api/http.ts'
import { useDesk } from '../../desk/desk.ts'
import { Icon } from '../../parts/icons.tsx'
import { focusUnreadable, JsonField } from '../../parts/json-field.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { scripts } from '../../texts/communications/scripts.ts'
import { StepList } from './step-list.tsx'
import { type Step, stepsOf } from './steps.ts'

interface StepEditorProps {
  readonly steps: readonly Step[]
  readonly faults: readonly FieldFault[]
  /** The first that concerns them. */
  readonly fault: string | undefined
  readonly scriptCodes: readonly string[]
  readonly onChange: (steps: readonly Step[]) => void
}

/** Steps as a form for people, or as JSON for programmers: two views of the same. */
export function StepEditor({ steps, faults, fault, scriptCodes, onChange }: StepEditorProps) {
  const { say, problem } = useDesk()
  const [view, setView] = useState('form')
  const whole = faults.filter(({ field }) => field === 'steps')
  return (
    <section class="stack tight">
      <div class="row apart wrap">
        <h3>{say(scripts.steps)}</h3>
        <Tabs
          label={say(scripts.view)}
          panel="steps-panel"
          current={view}
          tabs={[
            { id: 'form', title: say(scripts.asForm) },
            { id: 'json', title: say(scripts.asJson) },
          ]}
          onPick={(next) => {
            if (next !== view && !focusUnreadable()) setView(next)
          }}
        />
      </div>
      {whole.map(({ problem: text }) => (
        <div key={text} class="fault" role="alert">
          <Icon name="warning" />
          <span>{problem(text)}</span>
        </div>
      ))}
      <div id="steps-panel" role="tabpanel" aria-labelledby={`tab-${view}`}>
        {view === 'form' ? (
          <StepList
            steps={steps}
            path="steps"
            faults={faults}
            scriptCodes={scriptCodes}
            onChange={onChange}
          />
        ) : (
          <JsonField
            label={say(scripts.asJson)}
            rows={18}
            value={steps}
            fault={fault}
            onChange={(value) => onChange(stepsOf(value))}
          />
        )}
      </div>
    </section>
  )
}
