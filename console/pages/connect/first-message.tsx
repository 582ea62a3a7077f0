import { useEffect, useState } from 'preact/hooks'
import { follow } from '../../api/live.ts'
import type { Connector, JournalItem, LineItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useLoad } from '../../desk/use-load.ts'
import { ButtonLink } from '../../parts/link.tsx'
import { Name } from '../../parts/name.tsx'
import { Rich } from '../../parts/rich.tsx'
import { Timeline } from '../../parts/timeline.tsx'
import { connect } from '../../texts/connect.ts'

interface FirstMessageProps {
  readonly line: LineItem
  readonly connector: Connector
}

/** Waits until somebody has written to the line, and shows what became of it. */
export function FirstMessage({ line, connector }: FirstMessageProps) {
  const { say, words } = useDesk()
  const first = useFirstMessage(line.id)
  const hint = connector.guide?.firstMessage
  return (
    <li class={first ? 'guide-step done' : 'guide-step'}>
      <h2>{say(connect.first)}</h2>
      {hint && (
        <p>
          <Rich text={words(hint)} />
        </p>
      )}
      <div role="status" class="stack tight">
        {first ? (
          <Arrived item={first} lineId={line.id} />
        ) : (
          <p class="waiting">
            <span class="pulse" />
            {say(connect.waiting)}
          </p>
        )}
      </div>
      <div class="row">
        <ButtonLink href={hrefOf(`/lines/${line.id}`)} isPrimary={first !== undefined}>
          {say(first ? connect.done : connect.later)}
        </ButtonLink>
      </div>
    </li>
  )
}

/** Its steps go on arriving: the portal takes it a moment later. */
function useFirstMessage(lineId: number): JournalItem | undefined {
  const [first, setFirst] = useState<JournalItem>()
  const { comebacks } = useDesk()
  useEffect(
    () =>
      follow(
        {
          journal: ({ items }) =>
            setFirst((last) => {
              const isWanted = (item: JournalItem): boolean =>
                last ? item.evt === last.evt : item.direction === 'in' && item.chat !== undefined
              return items.findLast(isWanted) ?? last
            }),
        },
        lineId,
      ),
    [lineId, comebacks.value],
  )
  return first
}

function Arrived({ item, lineId }: { readonly item: JournalItem; readonly lineId: number }) {
  const { say, api } = useDesk()
  const chatId = item.chat?.id ?? ''
  const { data } = useLoad((stop) => api.chats(lineId, '', stop), [chatId])
  const title = data?.items.find(({ id }) => id === chatId)?.title
  return (
    <>
      <p class="strong">{say(connect.arrived)}</p>
      <div class="bubble">
        <p class="strong">
          <Name
            text={
              title === undefined
                ? say(connect.fromChat, { id: chatId })
                : say(connect.from, { name: title })
            }
          />
        </p>
        <Timeline steps={item.steps} />
      </div>
    </>
  )
}
