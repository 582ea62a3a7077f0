import type { Trigger } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Link } from '../../parts/link.tsx'
import { Name } from '../../parts/name.tsx'
import { Table } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { frame } from '../../texts/communications/frame.ts'
import { starts, triggers } from '../../texts/communications/triggers.ts'
import { DeleteButton } from './delete-button.tsx'
import { ItemList } from './item-list.tsx'
import { type LineDesk, titleOf } from './line-desk.ts'
import { TriggerPage } from './trigger-page.tsx'

export function Triggers({ desk }: { readonly desk: LineDesk }) {
  return (
    <ItemList
      desk={desk}
      part="triggers"
      load={() => desk.all<Trigger>('listTriggers')}
      icon="play"
      words={triggers}
      page={(place) => <TriggerPage desk={desk} place={place} />}
      table={(items, place, reload) => (
        <TriggerTable items={items} desk={desk} of={place.of} onChanged={reload} />
      )}
    />
  )
}

interface TriggerTableProps {
  readonly items: readonly Trigger[]
  readonly desk: LineDesk
  readonly of: (item: string) => string
  readonly onChanged: () => void
}

function TriggerTable({ items, desk, of, onChanged }: TriggerTableProps) {
  const { say } = useDesk()
  return (
    <Table
      label={say(frame.triggers)}
      rows={items}
      keyOf={({ code }) => code}
      columns={[
        {
          key: 'name',
          title: say(frame.name),
          cell: (one) => (
            <Link href={of(one.code)}>
              <Name text={titleOf(one)} />
            </Link>
          ),
        },
        { key: 'on', title: say(triggers.startsOn), cell: ({ on }) => <Starts on={on} /> },
        {
          key: 'state',
          title: say(triggers.state),
          cell: (one) => <Switch trigger={one} desk={desk} onChanged={onChanged} />,
        },
        {
          key: 'do',
          title: '',
          cell: (one) => (
            <DeleteButton
              isBare
              name={titleOf(one)}
              hint={say(triggers.deleteHint)}
              onDelete={() => desk.call('deleteTrigger', { code: one.code })}
              onDone={onChanged}
            />
          ),
        },
      ]}
    />
  )
}

function Starts({ on }: { readonly on: readonly string[] }) {
  const { say } = useDesk()
  const shown = on.map((start) => {
    const words = starts[start]
    return words ? say(words) : start.replace(/^(?:text|tag):/, '')
  })
  return <Name text={shown.join(', ')} />
}

interface SwitchProps {
  readonly trigger: Trigger
  readonly desk: LineDesk
  readonly onChanged: () => void
}

function Switch({ trigger, desk, onChanged }: SwitchProps) {
  const { say } = useDesk()
  const { id: _, createdAt: __, updatedAt: ___, ...params } = trigger
  const turn = useAction(async () => {
    await desk.call('saveTrigger', { ...params, enabled: !trigger.enabled })
    onChanged()
    return { done: common.saved }
  })
  const { enabled } = trigger
  return (
    <span class="row tight-row wrap">
      <Badge
        tone={enabled ? 'good' : 'idle'}
        text={say(enabled ? triggers.enabled : triggers.off)}
      />
      <Button isSmall kind="quiet" isBusy={turn.isBusy} onClick={() => void turn.run()}>
        {say(enabled ? triggers.turnOff : triggers.turnOn)}
      </Button>
    </span>
  )
}
