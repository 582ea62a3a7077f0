import { useState } from 'preact/hooks'
import type { ScriptItem, Slot } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Card } from '../../parts/page.tsx'
import { Await } from '../../parts/states.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { slots } from '../../texts/communications/slots.ts'
import { DeleteButton } from './delete-button.tsx'
import type { LineDesk } from './line-desk.ts'
import { SaveBar } from './save-bar.tsx'
import {
  checkSlot,
  readSlots,
  type SlotDraft,
  type SlotTab,
  TABS,
  tabOf,
  toDraft,
  toParams,
} from './slot-draft.ts'
import { DestinationTab, GeneralTab, IncomingTab } from './slot-tabs.tsx'
import { SlotWebhook } from './slot-webhook.tsx'
import { useEditor } from './use-editor.ts'
import { type ItemPlace, type Opened, useOpened } from './use-item.ts'

interface SlotPageProps {
  readonly desk: LineDesk
  readonly place: ItemPlace
}

export function SlotPage({ desk, place }: SlotPageProps) {
  const { item, key, made } = useOpened(place)
  const loaded = useLoad(async () => {
    const [all, scripts] = await Promise.all([
      item === undefined ? [] : readSlots(desk),
      desk.all<ScriptItem>('listScripts'),
    ])
    return { slot: all.find(({ id }) => String(id) === item), scripts }
  }, [desk.line.id, item])
  return (
    <Await of={loaded}>
      {(found) => <SlotForm key={key} made={made} desk={desk} place={place} {...found} />}
    </Await>
  )
}

interface SlotFormProps extends SlotPageProps {
  readonly made: Opened['made']
  readonly slot: Slot | undefined
  readonly scripts: readonly ScriptItem[]
}

type Saved = Pick<Slot, 'id' | 'webhook'>

function SlotForm({ desk, place, made, slot, scripts }: SlotFormProps) {
  const { say, navigation } = useDesk()
  const [saved, setSaved] = useState<Saved | undefined>(slot)
  const [tab, setTab] = useState<SlotTab>('general')
  const editor = useEditor<SlotDraft>({
    first: toDraft(slot),
    check(draft) {
      const faults = checkSlot(draft)
      const [first] = faults
      if (first && !faults.some(({ field }) => tabOf(field) === tab)) setTab(tabOf(first.field))
      return faults
    },
    async save(draft) {
      const got = await desk.callPortal<Saved>('saveNotification', toParams(draft, saved?.id, desk))
      setSaved(got)
      if (saved === undefined) made(got.id)
    },
    nameOf: ({ name }) => name,
  })
  const faulty = new Set(editor.faults.map(({ field }) => tabOf(field)))
  const { name } = editor.draft
  return (
    <div class="editor">
      <Card title={saved ? name : say(slots.add)}>
        <div class="stack">
          <Tabs
            label={say(slots.tabs)}
            panel="slot-panel"
            current={tab}
            tabs={TABS.map((id) => ({ id, title: say(slots[id]), hasFault: faulty.has(id) }))}
            onPick={(id) => setTab(id as SlotTab)}
          />
          <div id="slot-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} class="stack">
            {tab === 'general' && <GeneralTab editor={editor} scripts={scripts} />}
            {tab === 'incoming' && <IncomingTab editor={editor} />}
            {tab === 'destination' && <DestinationTab editor={editor} desk={desk} />}
          </div>
          <SaveBar
            back={place.list}
            isBusy={editor.isBusy}
            isChanged={editor.isChanged}
            onSave={editor.save}
          >
            {saved && (
              <DeleteButton
                name={name}
                hint={say(slots.deleteHint)}
                onDelete={() => desk.callPortal('deleteNotification', { id: saved.id })}
                onDone={() => navigation.go(place.list, { asks: false })}
              />
            )}
          </SaveBar>
        </div>
      </Card>
      <Card title={say(slots.webhook)}>
        <SlotWebhook connector={desk.line.connector} {...(saved && { webhook: saved.webhook })} />
      </Card>
    </div>
  )
}
