import { useEffect, useState } from 'preact/hooks'
import type { KnownChats, LineDetail, OutStatus } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Button } from '../../parts/button.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { Link } from '../../parts/link.tsx'
import { Card } from '../../parts/page.tsx'
import { Await, Empty, Notice } from '../../parts/states.tsx'
import { line as texts } from '../../texts/line.ts'

interface SendTabProps {
  readonly line: LineDetail
}

/** A message to somebody who has written to the line, and how it fares. */
export function SendTab({ line }: SendTabProps) {
  const { say, api } = useDesk()
  const chats = useLoad((stop) => api.chats(line.id, '', stop), [line.id])
  return (
    <Card title={say(texts.sendTestTitle)}>
      <Await of={chats}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="send" title={say(texts.noChats)} hint={say(texts.noChatsHint)} />
          ) : (
            <SendForm line={line} chats={items} />
          )
        }
      </Await>
    </Card>
  )
}

function SendForm({ line, chats }: SendTabProps & { readonly chats: KnownChats['items'] }) {
  const { say, api } = useDesk()
  const [chat, setChat] = useState(chats[0]?.id ?? '')
  const [text, setText] = useState(say(texts.firstText))
  const [out, setOut] = useState<string>()
  const send = useAction(async () => {
    setOut(undefined)
    const { id } = await api.send(line.id, { chat: { id: chat }, message: { text } })
    setOut(id)
    return undefined
  })
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    void send.run()
  }
  return (
    <form class="stack form-column" onSubmit={submit}>
      <SelectField
        label={say(texts.chat)}
        hint={say(texts.chatHint)}
        value={chat}
        options={chats.map(({ id, title }) => ({
          value: id,
          title: title === undefined ? id : `${title.slice(0, 60)} · ${id.slice(0, 60)}`,
        }))}
        onPick={setChat}
      />
      <TextField label={say(texts.text)} rows={3} value={text} onInput={setText} />
      <div class="row">
        <Button
          kind="primary"
          type="submit"
          icon="send"
          isBusy={send.isBusy}
          isDisabled={text.trim() === ''}
        >
          {say(texts.send)}
        </Button>
      </div>
      {out !== undefined && <Climb key={out} line={line} out={out} />}
    </form>
  )
}

const STEPS = ['queued', 'sent', 'delivered', 'read'] as const
const STEP_WORDS = {
  queued: texts.queued,
  sent: texts.statusSent,
  delivered: texts.statusDelivered,
  read: texts.statusRead,
} as const
const ASK_MS = 1000
/** Nobody looks at it for longer, and a read message changes no more. */
const MOST_ASKED = 300

function Climb({ line, out }: SendTabProps & { readonly out: string }) {
  const { say } = useDesk()
  const status = useSent(line.id, out)
  const reached = STEPS.findIndex((step) => step === (status?.status ?? 'queued'))
  return (
    <div class="stack tight" role="status">
      {status?.status === 'failed' ? (
        <Notice tone="bad" title={say(texts.statusFailed)}>
          <p>{status.error?.message ?? status.error?.code}</p>
        </Notice>
      ) : (
        <ol class="climb">
          {STEPS.map((step, at) => (
            <li key={step} class={at <= reached ? 'reached' : ''}>
              {say(STEP_WORDS[step])}
            </li>
          ))}
        </ol>
      )}
      <p class="muted small">
        {say(texts.climbHint)}{' '}
        <Link href={hrefOf('/messages', { id: out })}>{say(texts.seeSteps)}</Link>
      </p>
    </div>
  )
}

/** Asks for its status until it can't change any more. */
function useSent(lineId: number, out: string): OutStatus | undefined {
  const { api } = useDesk()
  const [status, setStatus] = useState<OutStatus>()
  useEffect(() => {
    let asked = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const ask = async (): Promise<void> => {
      const found = await api.sent(lineId, out).catch(() => undefined)
      if (isOver) return
      if (found) setStatus(found)
      asked += 1
      const isDone = found?.status === 'failed' || found?.status === 'read'
      if (!isDone && asked < MOST_ASKED) timer = setTimeout(() => void ask(), ASK_MS)
    }
    void ask()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [lineId, out])
  return status
}
