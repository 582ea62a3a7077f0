import type { ScriptItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import { ButtonLink, Link } from '../../parts/link.tsx'
import { Ago } from '../../parts/moment.tsx'
import { Name } from '../../parts/name.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { scripts } from '../../texts/communications/scripts.ts'
import { DeleteButton } from './delete-button.tsx'
import { type LineDesk, titleOf } from './line-desk.ts'
import { ListFrame } from './list-frame.tsx'
import { ScriptPage } from './script-page.tsx'
import { useItem } from './use-item.ts'

export function Scripts({ desk }: { readonly desk: LineDesk }) {
  const { say } = useDesk()
  const place = useItem('scripts', desk.line.id)
  const list = useLoad(() => desk.all<ScriptItem>('listScripts'), [desk.line.id, place.open])
  if (place.open) return <ScriptPage desk={desk} place={place} />
  return (
    <Await of={list}>
      {(items) =>
        items.length === 0 ? (
          <Empty icon="lines" title={say(scripts.empty)} hint={say(scripts.emptyHint)}>
            <ButtonLink href={place.add} icon="plus" isPrimary>
              {say(scripts.add)}
            </ButtonLink>
          </Empty>
        ) : (
          <ListFrame add={place.add} label={say(scripts.add)}>
            <ScriptTable items={items} desk={desk} of={place.of} onDeleted={list.reload} />
          </ListFrame>
        )
      }
    </Await>
  )
}

interface ScriptTableProps {
  readonly items: readonly ScriptItem[]
  readonly desk: LineDesk
  readonly of: (item: string) => string
  readonly onDeleted: () => void
}

function ScriptTable({ items, desk, of, onDeleted }: ScriptTableProps) {
  const { say } = useDesk()
  return (
    <Table
      label={say(frame.scripts)}
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
        {
          key: 'code',
          title: say(frame.code),
          isExtra: true,
          cell: ({ code }) => <code class="cut">{code}</code>,
        },
        {
          key: 'version',
          title: say(scripts.version),
          isFigure: true,
          isExtra: true,
          cell: ({ version }) => version,
        },
        {
          key: 'changed',
          title: say(frame.changed),
          cell: ({ updatedAt }) => <Ago at={updatedAt} />,
        },
        {
          key: 'do',
          title: '',
          cell: (one) => (
            <DeleteButton
              isBare
              name={titleOf(one)}
              hint={say(scripts.deleteHint)}
              onDelete={() => desk.call('deleteScript', { code: one.code })}
              onDone={onDeleted}
            />
          ),
        },
      ]}
    />
  )
}
