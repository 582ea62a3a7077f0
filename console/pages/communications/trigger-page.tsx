import { useState } from 'preact/hooks'
import type { ScriptItem, Trigger } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import { DurationField } from '../../parts/duration-field.tsx'
import { CheckField, TextField } from '../../parts/field.tsx'
import { Card } from '../../parts/page.tsx'
import { Await } from '../../parts/states.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { triggers } from '../../texts/communications/triggers.ts'
import { CodeFields } from './code-fields.tsx'
import { DeleteButton } from './delete-button.tsx'
import { type LineDesk, titleOf } from './line-desk.ts'
import { SaveBar } from './save-bar.tsx'
import { StartsField } from './starts-field.tsx'
import { TriggerDoes } from './trigger-does.tsx'
import { checkTrigger, type TriggerDraft, toDraft, toParams } from './trigger-draft.ts'
import { useEditor } from './use-editor.ts'
import { type ItemPlace, type Opened, useOpened } from './use-item.ts'

interface TriggerPageProps {
  readonly desk: LineDesk
  readonly place: ItemPlace
}

export function TriggerPage({ desk, place }: TriggerPageProps) {
  const { item, key, made } = useOpened(place)
  const loaded = useLoad(async () => {
    const [trigger, all, scripts] = await Promise.all([
      item === undefined ? undefined : desk.call<Trigger>('getTrigger', { code: item }),
      desk.all<Trigger>('listTriggers'),
      desk.all<ScriptItem>('listScripts'),
    ])
    return { trigger, taken: all.map(({ code }) => code), scripts }
  }, [desk.line.id, item])
  return (
    <Await of={loaded}>
      {(found) => <TriggerForm key={key} made={made} desk={desk} place={place} {...found} />}
    </Await>
  )
}

interface TriggerFormProps extends TriggerPageProps {
  readonly made: Opened['made']
  readonly trigger: Trigger | undefined
  readonly taken: readonly string[]
  readonly scripts: readonly ScriptItem[]
}

const titleIn = ({ code, name }: TriggerDraft): string => titleOf({ code, ...(name && { name }) })

function TriggerForm({ desk, place, made, trigger, taken, scripts }: TriggerFormProps) {
  const { say, navigation } = useDesk()
  const [savedCode, setSavedCode] = useState(trigger?.code)
  const isNew = savedCode === undefined
  const editor = useEditor<TriggerDraft>({
    first: toDraft(trigger),
    check: (draft) => checkTrigger(draft, { isNew, taken }),
    async save(draft) {
      const { code } = await desk.call<{ code: string }>('saveTrigger', toParams(draft))
      setSavedCode(code)
      if (isNew) made(code)
    },
    nameOf: titleIn,
  })
  const { draft, change, faultOf } = editor
  return (
    <Card title={isNew ? say(triggers.add) : titleIn(draft)}>
      <div class="stack">
        <CodeFields editor={editor} isNew={isNew} />
        <CheckField
          label={say(triggers.enabled)}
          isOn={draft.enabled}
          onToggle={(enabled) => change({ enabled })}
        />
        <StartsField value={draft} fault={faultOf('on')} onChange={change} />
        <TextField
          label={say(frame.condition)}
          hint={say(frame.conditionHint)}
          isCode
          rows={3}
          value={draft.condition}
          fault={faultOf('condition')}
          onInput={(condition) => change({ condition })}
        />
        <TriggerDoes editor={editor} scripts={scripts} />
        <DurationField
          label={say(triggers.cooldown)}
          hint={say(triggers.cooldownHint)}
          fault={faultOf('cooldownSec')}
          seconds={draft.cooldownSec}
          onChange={(cooldownSec) => change({ cooldownSec })}
        />
        <SaveBar
          back={place.list}
          isBusy={editor.isBusy}
          isChanged={editor.isChanged}
          onSave={editor.save}
        >
          {savedCode !== undefined && (
            <DeleteButton
              name={titleIn(draft)}
              hint={say(triggers.deleteHint)}
              onDelete={() => desk.call('deleteTrigger', { code: savedCode })}
              onDone={() => navigation.go(place.list, { asks: false })}
            />
          )}
        </SaveBar>
      </div>
    </Card>
  )
}
