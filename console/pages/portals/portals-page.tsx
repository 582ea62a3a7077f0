import type { PortalItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useLoad } from '../../desk/use-load.ts'
import { usePages } from '../../desk/use-pages.ts'
import { Badge } from '../../parts/badge.tsx'
import { ButtonLink, Link } from '../../parts/link.tsx'
import { Name } from '../../parts/name.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { type Column, MoreButton, Table } from '../../parts/table.tsx'
import { portals } from '../../texts/portals.ts'

const PAGE_SIZE = 50

export function PortalsPage() {
  const { say, api, navigation } = useDesk()
  const { q = '' } = navigation.place.value.query
  const pages = usePages(
    (cursor, stop) =>
      api.portals({ q, limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) }, stop),
    [q],
  )
  return (
    <Page
      title={say(portals.title)}
      hint={say(portals.hint)}
      actions={
        <ButtonLink href={hrefOf('/portals/new')} icon="plus" isPrimary>
          {say(portals.add)}
        </ButtonLink>
      }
    >
      <search>
        <SearchBox
          value={q}
          placeholder={say(portals.search)}
          onSearch={(text) => navigation.go(hrefOf('/portals', { q: text }), { replace: true })}
        />
      </search>
      <Card isFlush>
        <Await of={pages.first} rows={5}>
          {() =>
            pages.items.length === 0 ? (
              <NoPortals isFiltered={q !== ''} />
            ) : (
              <PortalTable rows={pages.items} />
            )
          }
        </Await>
        {pages.hasMore && <MoreButton onMore={() => void pages.more()} isBusy={pages.isBusy} />}
      </Card>
    </Page>
  )
}

function PortalTable({ rows }: { readonly rows: readonly PortalItem[] }) {
  const { say, api } = useDesk()
  const { data: dialects = [] } = useLoad(api.dialects, [])
  const columns: readonly Column<PortalItem>[] = [
    {
      key: 'name',
      title: say(portals.name),
      cell: ({ id, name }) => (
        <Link href={hrefOf(`/portals/${id}`)} class="row-title">
          <Name text={name} />
        </Link>
      ),
    },
    { key: 'url', title: say(portals.url), cell: ({ url }) => <Name text={url} /> },
    {
      key: 'kind',
      title: say(portals.kind),
      cell: ({ dialect }) => dialects.find(({ id }) => id === dialect)?.title ?? dialect,
    },
    { key: 'state', title: say(portals.state), cell: ({ state }) => <PortalBadge state={state} /> },
  ]
  return <Table label={say(portals.title)} columns={columns} rows={rows} keyOf={({ id }) => id} />
}

export function PortalBadge({ state }: { readonly state: PortalItem['state'] }) {
  const { say } = useDesk()
  const tone = ({ enabled: 'good', disabled: 'warn', removing: 'idle' } as const)[state]
  return <Badge tone={tone} text={say(portals[state])} />
}

function NoPortals({ isFiltered }: { readonly isFiltered: boolean }) {
  const { say } = useDesk()
  if (isFiltered) {
    return <Empty icon="search" title={say(portals.noneTitle)} hint={say(portals.noneHint)} />
  }
  return (
    <Empty icon="portal" title={say(portals.emptyTitle)} hint={say(portals.emptyHint)}>
      <ButtonLink href={hrefOf('/portals/new')} icon="plus" isPrimary>
        {say(portals.add)}
      </ButtonLink>
    </Empty>
  )
}
