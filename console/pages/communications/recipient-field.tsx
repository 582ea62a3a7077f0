import { useState } from 'preact/hooks'
import type { Page, Recipient } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { Button } from '../../parts/button.tsx'
import { Name } from '../../parts/name.tsx'
import { PickDialog } from '../../parts/pick-dialog.tsx'
import { frame } from '../../texts/communications/frame.ts'
import type { LineDesk } from './line-desk.ts'

const SHOWN = 20

export function nameOf({ name, lastName, username, chat }: Recipient): string {
  return [name, lastName].filter(Boolean).join(' ') || username || chat.id
}

interface RecipientFieldProps {
  readonly desk: LineDesk
  readonly value: Recipient | undefined
  readonly onPick: (recipient: Recipient) => void
  readonly fault?: string | undefined
}

/** One person who has written to the line. */
export function RecipientField({ desk, value, onPick, fault }: RecipientFieldProps) {
  const { say } = useDesk()
  const [isOpen, setOpen] = useState(false)
  return (
    <div class={fault ? 'field faulty' : 'field'}>
      <span class="label">{say(frame.recipient)}</span>
      <div class="row wrap">
        {value && <RecipientName recipient={value} />}
        <Button isSmall icon="search" onClick={() => setOpen(true)}>
          {say(frame.pickRecipient)}
        </Button>
      </div>
      <div class="fault" role="alert">
        {fault && <span>{fault}</span>}
      </div>
      {isOpen && (
        <RecipientDialog
          desk={desk}
          onClose={() => setOpen(false)}
          onPick={(recipient) => {
            setOpen(false)
            onPick(recipient)
          }}
        />
      )}
    </div>
  )
}

interface RecipientDialogProps {
  readonly desk: LineDesk
  readonly onPick: (recipient: Recipient) => void
  readonly onClose: () => void
}

function RecipientDialog({ desk, onPick, onClose }: RecipientDialogProps) {
  const { say } = useDesk()
  return (
    <PickDialog<Recipient>
      title={say(frame.pickRecipient)}
      placeholder={say(frame.recipientSearch)}
      load={async (q) => {
        const page = await desk.call<Page<Recipient>>('listRecipients', {
          limit: SHOWN,
          ...(q && { q }),
        })
        return page.items
      }}
      keyOf={({ lead }) => String(lead)}
      show={(recipient) => <RecipientName recipient={recipient} />}
      empty={(isSearch) => say(isSearch ? frame.nobody : frame.recipientNone)}
      onPick={onPick}
      onClose={onClose}
    />
  )
}

export function RecipientName({ recipient }: { readonly recipient: Recipient }) {
  const { say } = useDesk()
  const { lead, tags, blockedAt } = recipient
  return (
    <span class="row wrap tight-row shrink">
      <Name text={nameOf(recipient)} />
      <span class="muted small">{say(frame.lead, { n: String(lead) })}</span>
      {tags.slice(0, 3).map((tag) => (
        <span key={tag} class="tag">
          <Name text={tag} />
        </span>
      ))}
      {blockedAt && <span class="muted small">{say(frame.blocked)}</span>}
    </span>
  )
}
