import { useDesk } from '../../desk/desk.ts'
import { CopyField } from '../../parts/copy.tsx'
import { slots } from '../../texts/communications/slots.ts'

interface SlotWebhookProps {
  readonly connector: string
  readonly webhook?: string
}

/** The address that another system calls, with an example of the call. */
export function SlotWebhook({ connector, webhook }: SlotWebhookProps) {
  const { say } = useDesk()
  if (webhook === undefined) return <p class="muted">{say(slots.webhookAfterSave)}</p>
  const recipient = connector.startsWith('whatsapp')
    ? { phone_number: '79001234567' }
    : { chat_id: '7001' }
  const body = JSON.stringify({ ...recipient, is_urgent: false })
  const example = `curl -X POST '${webhook}' -H 'Content-Type: application/json' -d '${body}'`
  return (
    <div class="stack">
      <p class="muted">{say(slots.webhookHint)}</p>
      <CopyField value={webhook} label={say(slots.webhook)} />
      <p class="muted">{say(slots.exampleHint)}</p>
      <CopyField value={example} label={say(slots.example)} />
    </div>
  )
}
