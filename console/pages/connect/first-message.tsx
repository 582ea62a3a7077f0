import type { Connector, JournalItem, LineItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useLoad } from '../../desk/use-load.ts'
import { ButtonLink } from '../../parts/link.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Name, Prose } from '../../parts/name.tsx'
import { Rich } from '../../parts/rich.tsx'
import { Timeline } from '../../parts/timeline.tsx'
import { connect, kindWords } from '../../texts/connect.ts'
import { type FirstMessage as First, useFirstMessage } from './use-first-message.ts'

interface FirstMessageProps {
  readonly line: LineItem
  readonly connector: Connector
}

/** Waits until somebody has written to the line, and shows what was written and what became of it. */
export function FirstMessage({ line, connector }: FirstMessageProps) {
  const { say, words } = useDesk()
  const { item, content, recordedUntil } = useFirstMessage(line.id)
  const hint = connector.guide?.firstMessage
  return (
    <li class={item ? 'guide-step done' : 'guide-step'}>
      <h2>{say(connect.first)}</h2>
      {hint && (
        <p>
          <Rich text={words(hint)} />
        </p>
      )}
      <div role="status" class="stack tight">
        {item ? (
          <Arrived item={item} content={content} lineId={line.id} />
        ) : (
          <p class="waiting">
            <span class="pulse" />
            {say(connect.waiting)}
          </p>
        )}
      </div>
      {recordedUntil !== undefined && (
        <p class="hint">
          {say(connect.recorded)} <Moment at={recordedUntil} />. {say(connect.recordedKept)}
        </p>
      )}
      <div class="row">
        <ButtonLink href={hrefOf(`/lines/${line.id}`)} isPrimary={item !== undefined}>
          {say(item ? connect.done : connect.later)}
        </ButtonLink>
      </div>
    </li>
  )
}

interface ArrivedProps {
  readonly item: JournalItem
  readonly content: First['content']
  readonly lineId: number
}

function Arrived({ item, content, lineId }: ArrivedProps) {
  const { say, api } = useDesk()
  const chatId = item.chat?.id ?? ''
  const { data } = useLoad((stop) => api.chats(lineId, '', stop), [chatId])
  const title = data?.items.find(({ id }) => id === chatId)?.title
  return (
    <>
      <p class="strong">{say(connect.arrived)}</p>
      <div class="bubble stack tight">
        <p class="muted small">
          <Name
            text={
              title === undefined
                ? say(connect.fromChat, { id: chatId })
                : say(connect.from, { name: title })
            }
          />
        </p>
        <Content content={content} />
      </div>
      <Timeline steps={item.steps} isIn />
    </>
  )
}

/** The longest text of a message that is shown here whole. */
const MAX_SHOWN = 1000

function Content({ content }: Pick<ArrivedProps, 'content'>) {
  const { say } = useDesk()
  if (content === undefined) return <p class="muted">{say(connect.readingText)}</p>
  if (content === 'none') return <p class="muted">{say(connect.textUnknown)}</p>
  const { text, files } = content
  if (text === undefined && files.length === 0) {
    return <p class="muted">{say(connect.noText)}</p>
  }
  return (
    <>
      {text !== undefined && (
        <p class="first-text">
          <Prose text={text.slice(0, MAX_SHOWN)} />
        </p>
      )}
      {files.map(({ name, kind }, at) => (
        <p key={at}>
          <Name text={say(connect.file, { name: name ?? say(kindWords(kind)) })} />
        </p>
      ))}
    </>
  )
}
