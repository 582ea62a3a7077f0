import { useState } from 'preact/hooks'
import type { Script, ScriptItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Card } from '../../parts/page.tsx'
import { Await } from '../../parts/states.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { scripts } from '../../texts/communications/scripts.ts'
import { CodeFields } from './code-fields.tsx'
import { DeleteButton } from './delete-button.tsx'
import { type LineDesk, titleOf } from './line-desk.ts'
import { Rehearse } from './rehearse.tsx'
import { SaveBar } from './save-bar.tsx'
import { StepEditor } from './step-editor.tsx'
import { cleanSteps, type Step } from './steps.ts'
import { checkCode, useEditor } from './use-editor.ts'
import { type ItemPlace, type Opened, useOpened } from './use-item.ts'

interface ScriptPageProps {
  readonly desk: LineDesk
  readonly place: ItemPlace
}

export function ScriptPage({ desk, place }: ScriptPageProps) {
  const { item, key, made } = useOpened(place)
  const loaded = useLoad(async () => {
    const [script, all] = await Promise.all([
      item === undefined ? undefined : desk.call<Script>('getScript', { code: item }),
      desk.all<ScriptItem>('listScripts'),
    ])
    return { script, codes: all.map(({ code }) => code) }
  }, [desk.line.id, item])
  return (
    <Await of={loaded}>
      {(found) => <ScriptForm key={key} made={made} desk={desk} place={place} {...found} />}
    </Await>
  )
}

interface ScriptFormProps extends ScriptPageProps {
  readonly made: Opened['made']
  readonly script: Script | undefined
  readonly codes: readonly string[]
}

interface Draft {
  readonly code: string
  readonly name: string
  readonly steps: readonly Step[]
}

function ScriptForm({ desk, place, made, script, codes }: ScriptFormProps) {
  const { say, navigation } = useDesk()
  const [savedCode, setSavedCode] = useState(script?.code)
  const isNew = savedCode === undefined
  const { code = '', name = '', steps = [] } = script ?? {}
  const editor = useEditor<Draft>({
    first: { code, name, steps },
    check: (draft) => checkCode(draft.code, { isNew, taken: codes }),
    async save(draft) {
      const { code: saved } = await desk.call<{ code: string }>('saveScript', toParams(draft))
      setSavedCode(saved)
      if (isNew) made(saved)
    },
    nameOf: titleIn,
  })
  const { draft, change, isChanged } = editor
  return (
    <div class="editor">
      <Card title={isNew ? say(scripts.add) : titleIn(draft)}>
        <div class="stack">
          <CodeFields editor={editor} isNew={isNew} />
          <StepEditor
            steps={draft.steps}
            faults={editor.faults}
            fault={editor.faultOf('steps')}
            scriptCodes={codes.filter((one) => one !== savedCode)}
            onChange={(next) => change({ steps: next })}
          />
          <SaveBar
            back={place.list}
            isBusy={editor.isBusy}
            isChanged={isChanged}
            onSave={editor.save}
          >
            {savedCode !== undefined && (
              <DeleteButton
                name={titleIn(draft)}
                hint={say(scripts.deleteHint)}
                onDelete={() => desk.call('deleteScript', { code: savedCode })}
                onDone={() => navigation.go(place.list, { asks: false })}
              />
            )}
          </SaveBar>
        </div>
      </Card>
      <Card title={say(scripts.tryOut)}>
        <Rehearse
          desk={desk}
          steps={cleanSteps(draft.steps)}
          title={titleIn(draft) || say(frame.script)}
          {...(savedCode !== undefined && !isChanged && { script: savedCode })}
        />
      </Card>
    </div>
  )
}

const titleIn = ({ code, name }: Draft): string => titleOf({ code, ...(name && { name }) })

function toParams({ code, name, steps }: Draft): object {
  return { code, ...(name && { name }), steps: cleanSteps(steps) }
}
