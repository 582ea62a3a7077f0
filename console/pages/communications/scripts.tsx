import type { ScriptItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { Link } from '../../parts/link.tsx'
import { Ago } from '../../parts/moment.tsx'
import { Name } from '../../parts/name.tsx'
import { Table } from '../../parts/table.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { scripts } from '../../texts/communications/scripts.ts'
import { DeleteButton } from './delete-button.tsx'
import { ItemList } from './item-list.tsx'
import { type LineDesk, titleOf } from './line-desk.ts'
import { ScriptPage } from './script-page.tsx'

export function Scripts({ desk }: { readonly desk: LineDesk }) {
  return (
    <ItemList
      desk={desk}
      part="scripts"
      load={() => desk.all<ScriptItem>('listScripts')}
      icon="lines"
      words={scripts}
      page={(place) => <ScriptPage desk={desk} place={place} />}
      table={(items, place, reload) => (
        <ScriptTable items={items} desk={desk} of={place.of} onDeleted={reload} />
      )}
    />
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
