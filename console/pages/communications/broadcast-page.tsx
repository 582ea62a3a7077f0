import { useState } from 'preact/hooks'
import type { Broadcast, ScriptItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Card } from '../../parts/page.tsx'
import { Await, Notice } from '../../parts/states.tsx'
import { broadcasts } from '../../texts/communications/broadcasts.ts'
import { type BroadcastDraft, checkBroadcast, toDraft, toParams } from './broadcast-draft.ts'
import { BroadcastFields } from './broadcast-fields.tsx'
import { BroadcastPreview } from './broadcast-preview.tsx'
import { BroadcastRuns } from './broadcast-runs.tsx'
import { CodeFields } from './code-fields.tsx'
import { DeleteButton } from './delete-button.tsx'
import { type LineDesk, titleOf } from './line-desk.ts'
import { SaveBar } from './save-bar.tsx'
import { StartBroadcast } from './start-broadcast.tsx'
import { useEditor } from './use-editor.ts'
import { type ItemPlace, type Opened, useOpened } from './use-item.ts'

interface BroadcastPageProps {
  readonly desk: LineDesk
  readonly place: ItemPlace
}

export function BroadcastPage({ desk, place }: BroadcastPageProps) {
  const { item, key, made } = useOpened(place)
  const loaded = useLoad(async () => {
    const [all, scripts] = await Promise.all([
      desk.all<Broadcast>('listBroadcasts'),
      desk.all<ScriptItem>('listScripts'),
    ])
    return { broadcast: all.find(({ code }) => code === item), all, scripts }
  }, [desk.line.id, item])
  return (
    <Await of={loaded}>
      {({ broadcast, all, scripts }) => (
        <BroadcastForm
          key={key}
          made={made}
          desk={desk}
          place={place}
          broadcast={broadcast}
          taken={all.map(({ code }) => code)}
          scripts={scripts}
        />
      )}
    </Await>
  )
}

interface BroadcastFormProps extends BroadcastPageProps {
  readonly made: Opened['made']
  readonly broadcast: Broadcast | undefined
  readonly taken: readonly string[]
  readonly scripts: readonly ScriptItem[]
}

const titleIn = ({ code, name }: BroadcastDraft): string => titleOf({ code, ...(name && { name }) })

function BroadcastForm({ desk, place, made, broadcast, taken, scripts }: BroadcastFormProps) {
  const { say, navigation } = useDesk()
  const [code, setCode] = useState(broadcast?.code)
  const [startedRuns, setStartedRuns] = useState(0)
  const isNew = code === undefined
  const editor = useEditor<BroadcastDraft>({
    first: toDraft(broadcast),
    check: (draft) => checkBroadcast(draft, { isNew, taken }),
    async save(draft) {
      const saved = await desk.call<{ code: string }>('saveBroadcast', toParams(draft))
      setCode(saved.code)
      if (isNew) made(saved.code)
    },
    nameOf: titleIn,
  })
  const title = titleIn(editor.draft)
  return (
    <div class="editor">
      <Card title={isNew ? say(broadcasts.add) : title}>
        <div class="stack">
          {scripts.length === 0 && (
            <Notice tone="info">
              <p>{say(broadcasts.noScripts)}</p>
            </Notice>
          )}
          <CodeFields editor={editor} isNew={isNew} />
          <BroadcastFields editor={editor} scripts={scripts} />
          <SaveBar
            back={place.list}
            isBusy={editor.isBusy}
            isChanged={editor.isChanged}
            onSave={editor.save}
          >
            {code !== undefined && (
              <DeleteButton
                name={title}
                hint={say(broadcasts.deleteHint)}
                onDelete={() => desk.call('deleteBroadcast', { code })}
                onDone={() => navigation.go(place.list, { asks: false })}
              />
            )}
          </SaveBar>
        </div>
      </Card>
      {code !== undefined && (
        <div class="stack">
          <Card title={say(broadcasts.preview)}>
            <BroadcastPreview desk={desk} code={code} isChanged={editor.isChanged} />
          </Card>
          <Card
            title={say(broadcasts.runs)}
            actions={
              <StartBroadcast
                desk={desk}
                code={code}
                title={title}
                isChanged={editor.isChanged}
                onStarted={() => setStartedRuns((last) => last + 1)}
              />
            }
          >
            <BroadcastRuns desk={desk} code={code} title={title} round={startedRuns} />
          </Card>
        </div>
      )}
    </div>
  )
}
