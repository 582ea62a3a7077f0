import { useState } from 'preact/hooks'
import type { Slot } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Link } from '../../parts/link.tsx'
import { Name } from '../../parts/name.tsx'
import { Table } from '../../parts/table.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { slots } from '../../texts/communications/slots.ts'
import { DeleteButton } from './delete-button.tsx'
import { ItemList } from './item-list.tsx'
import type { LineDesk } from './line-desk.ts'
import { readSlots } from './slot-draft.ts'
import { SlotPage } from './slot-page.tsx'
import type { ItemPlace } from './use-item.ts'

/** Notifications of the portal that go out by this line. */
export function Slots({ desk }: { readonly desk: LineDesk }) {
  return (
    <ItemList
      desk={desk}
      part="slots"
      load={() => readSlots(desk)}
      icon="out"
      words={slots}
      page={(place) => <SlotPage desk={desk} place={place} />}
      table={(items, place, reload) => (
        <SlotTable items={items} desk={desk} place={place} onChanged={reload} />
      )}
    />
  )
}

interface SlotTableProps {
  readonly items: readonly Slot[]
  readonly desk: LineDesk
  readonly place: ItemPlace
  readonly onChanged: () => void
}

function SlotTable({ items, desk, place, onChanged }: SlotTableProps) {
  const { say } = useDesk()
  return (
    <Table
      label={say(frame.slots)}
      rows={items}
      keyOf={({ id }) => String(id)}
      columns={[
        {
          key: 'name',
          title: say(frame.name),
          cell: ({ id, name }) => (
            <Link href={place.of(id)}>
              <Name text={name} />
            </Link>
          ),
        },
        {
          key: 'template',
          title: say(slots.template),
          isExtra: true,
          cell: ({ templateName }) => <Name text={templateName} />,
        },
        {
          key: 'webhook',
          title: say(slots.webhook),
          cell: ({ webhook, name }) => (
            <span class="row tight-row shrink">
              <code class="cut">{webhook}</code>
              <CopyButton value={webhook} what={`${say(slots.webhook)}: ${name}`} isBare />
            </span>
          ),
        },
        {
          key: 'do',
          title: '',
          cell: (slot) => <SlotMoves slot={slot} desk={desk} onChanged={onChanged} />,
        },
      ]}
    />
  )
}

interface SlotMovesProps {
  readonly slot: Slot
  readonly desk: LineDesk
  readonly onChanged: () => void
}

function SlotMoves({ slot: { id, name }, desk, onChanged }: SlotMovesProps) {
  const { say } = useDesk()
  const [isOpen, setOpen] = useState(false)
  const renew = useAction(async () => {
    await desk.callPortal('regenerateNotificationWebhook', { id })
    setOpen(false)
    onChanged()
    return { done: slots.regenerated }
  })
  return (
    <span class="row tight-row">
      <Button
        kind="quiet"
        icon="key"
        label={`${say(slots.regenerate)}: ${name}`}
        onClick={() => setOpen(true)}
      />
      <DeleteButton
        isBare
        name={name}
        hint={say(slots.deleteHint)}
        onDelete={() => desk.callPortal('deleteNotification', { id })}
        onDone={onChanged}
      />
      {isOpen && (
        <Confirm
          title={say(slots.regenerateTitle, { name })}
          action={say(slots.regenerate)}
          isBusy={renew.isBusy}
          onConfirm={() => void renew.run()}
          onClose={() => setOpen(false)}
        >
          <p>{say(slots.regenerateHint)}</p>
        </Confirm>
      )}
    </span>
  )
}
