import { useState } from 'preact/hooks'
import { addressOf } from '../../api/http.ts'
import type { DeadLetter, LineDetail } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { usePages } from '../../desk/use-pages.ts'
import { type PickedRows, useSelection } from '../../desk/use-selection.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Icon } from '../../parts/icons.tsx'
import { nameOf } from '../../parts/line-name.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Name, Prose } from '../../parts/name.tsx'
import { Card } from '../../parts/page.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { type Column, MoreButton, Table } from '../../parts/table.tsx'
import { line as texts } from '../../texts/line.ts'

const idOf = ({ event }: DeadLetter): string => event.id

interface DeadLettersTabProps {
  readonly line: LineDetail
  readonly onChanged: () => void
}

/** What the portal never took: to be looked at, delivered again, or thrown away. */
export function DeadLettersTab({ line, onChanged }: DeadLettersTabProps) {
  const { say, api } = useDesk()
  const pages = usePages((cursor, stop) => api.deadLetters(line.id, cursor, stop), [line.id])
  const changed = (): void => {
    pages.first.reload()
    onChanged()
  }
  return (
    <Card isFlush>
      <Await of={pages.first}>
        {() =>
          pages.items.length === 0 ? (
            <Empty icon="check" title={say(texts.noDead)} hint={say(texts.noDeadHint)} />
          ) : (
            <Letters line={line} rows={pages.items} onChanged={changed} />
          )
        }
      </Await>
      {pages.hasMore && <MoreButton onMore={() => void pages.more()} isBusy={pages.isBusy} />}
    </Card>
  )
}

interface LettersProps extends DeadLettersTabProps {
  readonly rows: readonly DeadLetter[]
}

function Letters({ line, rows, onChanged }: LettersProps) {
  const { say, problem } = useDesk()
  const selection = useSelection(rows.map(idOf))
  const columns: readonly Column<DeadLetter>[] = [
    { key: 'when', title: say(texts.when), cell: ({ deadAt }) => <Moment at={deadAt} /> },
    { key: 'why', title: say(texts.why), cell: ({ reason }) => <Prose text={problem(reason)} /> },
    { key: 'event', title: say(texts.event), cell: ({ event }) => <Preview event={event} /> },
  ]
  return (
    <>
      <LetterBar line={line} selection={selection} onChanged={onChanged} />
      <Table
        label={say(texts.deadLetters)}
        columns={columns}
        rows={rows}
        keyOf={idOf}
        nameOf={idOf}
        selection={selection}
      />
    </>
  )
}

/** What a person would recognise it by. */
function textOf(event: DeadLetter['event']): string {
  const { message } = event as { readonly message?: unknown }
  if (typeof message === 'string') return message
  const { text } = (message ?? {}) as { readonly text?: unknown }
  return typeof text === 'string' ? text : ''
}

function Preview({ event }: { readonly event: DeadLetter['event'] }) {
  return (
    <details>
      <summary>
        <code>{event.type}</code> <Name text={textOf(event)} />
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre class="breaks" tabIndex={0}>
        {JSON.stringify(event, null, 2)}
      </pre>
    </details>
  )
}

interface LetterBarProps extends DeadLettersTabProps {
  readonly selection: PickedRows
}

/** For those that are ticked; where none is, for all of the line. */
function LetterBar({ line, selection, onChanged }: LetterBarProps) {
  const { say, api } = useDesk()
  const [isAsked, setAsked] = useState(false)
  const { keys } = selection
  const chosen = keys.length > 0 ? keys : undefined
  const n = chosen ? keys.length : line.deadLetters
  const replay = useAction(async () => {
    const { replayed } = await api.replay(line.id, chosen)
    selection.clear()
    onChanged()
    return { done: texts.replayed, values: { n: replayed } }
  })
  const remove = useAction(async () => {
    const { deleted } = await api.deleteDeadLetters(line.id, chosen)
    selection.clear()
    setAsked(false)
    onChanged()
    return { done: texts.deleted, values: { n: deleted } }
  })
  return (
    <div class="bar">
      <span class="muted small" role="status">
        {say(texts.selected, { n: keys.length })}
      </span>
      <Button isSmall icon="retry" isBusy={replay.isBusy} onClick={() => void replay.run()}>
        {say(chosen ? texts.replay : texts.replayAll)}
      </Button>
      <Button isSmall icon="trash" onClick={() => setAsked(true)}>
        {say(chosen ? texts.deleteSelected : texts.deleteAll)}
      </Button>
      <a class="button small" href={addressOf(`lines/${line.id}/dead-letters/export`)} download>
        <Icon name="download" />
        {say(texts.export)}
      </a>
      {isAsked && (
        <Confirm
          title={say(texts.deleteTitle, { n, name: nameOf(line).slice(0, 100) })}
          action={say(texts.deleteSelected)}
          isBusy={remove.isBusy}
          onConfirm={() => void remove.run()}
          onClose={() => setAsked(false)}
        >
          <p>{say(texts.deleteText)}</p>
        </Confirm>
      )}
    </div>
  )
}
