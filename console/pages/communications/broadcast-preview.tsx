import { useState } from 'preact/hooks'
import type { Recipient } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { Button } from '../../parts/button.tsx'
import { broadcasts } from '../../texts/communications/broadcasts.ts'
import type { LineDesk } from './line-desk.ts'
import { RecipientName } from './recipient-field.tsx'

interface Preview {
  readonly matches: number
  readonly sample: readonly Recipient[]
}

interface BroadcastPreviewProps {
  readonly desk: LineDesk
  readonly code: string
  readonly isChanged: boolean
}

/** Whom it would reach now: look before you send. */
export function BroadcastPreview({ desk, code, isChanged }: BroadcastPreviewProps) {
  const { say } = useDesk()
  const [preview, setPreview] = useState<Preview>()
  const look = useAction(async () => {
    setPreview(await desk.call<Preview>('previewBroadcast', { code }))
    return undefined
  })
  return (
    <div class="stack">
      <p class="muted">{say(broadcasts.previewHint)}</p>
      <div class="row wrap">
        <Button icon="search" isBusy={look.isBusy} onClick={() => void look.run()}>
          {say(broadcasts.look)}
        </Button>
        {isChanged && <span class="muted small">{say(broadcasts.saveFirst)}</span>}
      </div>
      <div aria-live="polite">{preview && <Reached preview={preview} />}</div>
    </div>
  )
}

function Reached({ preview: { matches, sample } }: { readonly preview: Preview }) {
  const { say } = useDesk()
  if (matches === 0) return <p>{say(broadcasts.matchesNobody)}</p>
  return (
    <div class="stack tight">
      <strong>{say(broadcasts.matches, { n: matches })}</strong>
      <span class="muted small">{say(broadcasts.some)}</span>
      <ul class="bare-list">
        {sample.map((recipient) => (
          <li key={recipient.lead}>
            <RecipientName recipient={recipient} />
          </li>
        ))}
      </ul>
    </div>
  )
}
