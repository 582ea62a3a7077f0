import type { Broadcast } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { Link } from '../../parts/link.tsx'
import { Ago } from '../../parts/moment.tsx'
import { Name } from '../../parts/name.tsx'
import { Table } from '../../parts/table.tsx'
import { broadcasts } from '../../texts/communications/broadcasts.ts'
import { frame } from '../../texts/communications/frame.ts'
import { BroadcastPage } from './broadcast-page.tsx'
import { DeleteButton } from './delete-button.tsx'
import { ItemList } from './item-list.tsx'
import { type LineDesk, titleOf } from './line-desk.ts'

export function Broadcasts({ desk }: { readonly desk: LineDesk }) {
  return (
    <ItemList
      desk={desk}
      part="broadcasts"
      load={() => desk.all<Broadcast>('listBroadcasts')}
      icon="megaphone"
      words={broadcasts}
      page={(place) => <BroadcastPage desk={desk} place={place} />}
      table={(items, place, reload) => (
        <BroadcastTable items={items} desk={desk} of={place.of} onDeleted={reload} />
      )}
    />
  )
}

interface BroadcastTableProps {
  readonly items: readonly Broadcast[]
  readonly desk: LineDesk
  readonly of: (item: string) => string
  readonly onDeleted: () => void
}

function BroadcastTable({ items, desk, of, onDeleted }: BroadcastTableProps) {
  const { say } = useDesk()
  return (
    <Table
      label={say(frame.broadcasts)}
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
          key: 'script',
          title: say(frame.script),
          isExtra: true,
          cell: ({ script }) => <code class="cut">{script}</code>,
        },
        {
          key: 'whom',
          title: say(broadcasts.whom),
          cell: ({ filter }) => <Whom filter={filter} />,
        },
        {
          key: 'changed',
          title: say(frame.changed),
          isExtra: true,
          cell: ({ updatedAt }) => <Ago at={updatedAt} />,
        },
        {
          key: 'do',
          title: '',
          cell: (one) => (
            <DeleteButton
              isBare
              name={titleOf(one)}
              hint={say(broadcasts.deleteHint)}
              onDelete={() => desk.call('deleteBroadcast', { code: one.code })}
              onDone={onDeleted}
            />
          ),
        },
      ]}
    />
  )
}

/** A filter, short. */
function Whom({ filter }: { readonly filter: Broadcast['filter'] }) {
  const { say } = useDesk()
  const tags = Array.isArray(filter['tags']) ? filter['tags'].map(String) : []
  const notTags = Array.isArray(filter['notTags']) ? filter['notTags'].map(String) : []
  const isMore = Object.keys(filter).some((key) => key !== 'tags' && key !== 'notTags')
  const shown = [...tags, ...notTags.map((tag) => `≠ ${tag}`), ...(isMore ? ['…'] : [])]
  return <Name text={shown.length === 0 ? say(broadcasts.everybody) : shown.join(', ')} />
}
