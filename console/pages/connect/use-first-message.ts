import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../../api/client.ts'
import type { JournalItem, TraceItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useRecording } from './use-recording.ts'

/** What of a message can be shown without asking its channel for anything. */
export interface FirstContent {
  readonly text?: string
  readonly files: readonly { readonly name?: string; readonly kind: string }[]
}

export interface FirstMessage {
  /** Undefined while nobody has written. */
  readonly item: JournalItem | undefined
  /** `none`: it came, but nothing of it was recorded. */
  readonly content: FirstContent | 'none' | undefined
  /** Until when the line's exchanges are recorded at most: ISO 8601. */
  readonly recordedUntil: string | undefined
}

/**
 * Waits until somebody has written to the line. What became of the message is in the journal, which never holds what it says:
 * that is read from the trace.
 */
export function useFirstMessage(lineId: number): FirstMessage {
  const item = useFirstItem(lineId)
  const content = useContent(lineId, item)
  const recordedUntil = useRecording(lineId, content === undefined)
  return { item, content, recordedUntil }
}

/** Its steps go on arriving: the portal takes it a moment later. */
function useFirstItem(lineId: number): JournalItem | undefined {
  const [first, setFirst] = useState<JournalItem>()
  const { comebacks, follow } = useDesk()
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

/** Another process of the hub writes down what it has recorded a moment later. */
const TRIES = 8
const AGAIN_MS = 500
/** An exchange began before its event was committed. */
const BEFORE_MS = 60_000

function useContent(lineId: number, item: JournalItem | undefined): FirstMessage['content'] {
  const { api } = useDesk()
  const [content, setContent] = useState<FirstMessage['content']>()
  useEffect(() => {
    if (!item) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isWanted = true
    const look = async (triesLeft: number): Promise<void> => {
      const found = await findContent(api, lineId, item).catch(() => undefined)
      if (!isWanted) return
      if (found || triesLeft === 0) setContent(found ?? 'none')
      else timer = setTimeout(() => void look(triesLeft - 1), AGAIN_MS)
    }
    void look(TRIES)
    return () => {
      isWanted = false
      clearTimeout(timer)
    }
  }, [lineId, item?.evt])
  return content
}

async function findContent(
  api: Api,
  lineId: number,
  item: JournalItem,
): Promise<FirstContent | undefined> {
  const receivedAt = Date.parse(item.steps[0]?.at ?? '')
  if (Number.isNaN(receivedAt)) return undefined
  const since = new Date(receivedAt - BEFORE_MS).toISOString()
  const { items } = await api.trace(lineId, { since, limit: 200 })
  const messages = items.flatMap(({ events = [] }) => events).filter(isMessage)
  const own = messages.findLast(({ message }) => item.messageIds?.includes(message.id))
  return own && contentOf(own)
}

/** An event as portals read it. What a trace keeps of it is of whatever shape events had then. */
interface MessageEvent {
  readonly message: Partial<FirstContent> & { readonly id: string }
}

function isMessage(event: NonNullable<TraceItem['events']>[number]): event is MessageEvent {
  const { type, message } = (event ?? {}) as { type?: unknown; message?: { id?: unknown } }
  return type === 'message.new' && typeof message?.id === 'string'
}

function contentOf({ message: { text, files = [] } }: MessageEvent): FirstContent {
  return { ...(text !== undefined && { text }), files }
}
