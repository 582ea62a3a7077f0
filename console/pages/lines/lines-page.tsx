import type { LineItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useAction } from '../../desk/use-action.ts'
import { usePages } from '../../desk/use-pages.ts'
import { useSelection } from '../../desk/use-selection.ts'
import { Button } from '../../parts/button.tsx'
import { nameOf } from '../../parts/line-name.tsx'
import { ButtonLink } from '../../parts/link.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { MoreButton, Table } from '../../parts/table.tsx'
import { lines } from '../../texts/lines.ts'
import { lineColumns } from './columns.tsx'
import { LineFilter } from './line-filter.tsx'

const PAGE_SIZE = 50
/** As many as one call takes. */
const MAX_RETRIED = 500

const keyOf = ({ id }: LineItem): string => String(id)

/** Every line, the reader's own; what is looked for stands in the address. */
export function LinesPage() {
  const desk = useDesk()
  const { say, api, navigation } = desk
  const { query } = navigation.place.value
  const pages = usePages(
    (cursor, stop) =>
      api.lines({ ...query, limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) }, stop),
    [query],
  )
  const total = pages.first.data?.total
  return (
    <Page
      title={say(lines.title)}
      hint={say(lines.hint)}
      actions={
        <ButtonLink href={hrefOf('/connect')} icon="plus" isPrimary>
          {say(lines.connect)}
        </ButtonLink>
      }
    >
      <LineFilter query={query} />
      <Card isFlush>
        <Await of={pages.first} rows={8}>
          {() =>
            pages.items.length === 0 ? (
              <NoLines isFiltered={Object.keys(query).length > 0} />
            ) : (
              <LineTable rows={pages.items} onRetried={pages.first.reload} />
            )
          }
        </Await>
        {pages.hasMore && <MoreButton onMore={() => void pages.more()} isBusy={pages.isBusy} />}
      </Card>
      {total !== undefined && <p class="muted small">{say(lines.found, { n: total })}</p>}
    </Page>
  )
}

interface LineTableProps {
  readonly rows: readonly LineItem[]
  readonly onRetried: () => void
}

function LineTable({ rows, onRetried }: LineTableProps) {
  const desk = useDesk()
  const { say, api } = desk
  const selection = useSelection(rows.map(keyOf))
  const retry = useAction(async () => {
    const ids = selection.keys.slice(0, MAX_RETRIED).map(Number)
    const { retried } = await api.retryLines(ids)
    selection.clear()
    onRetried()
    return { done: lines.retried, values: { n: retried } }
  })
  const n = selection.keys.length
  return (
    <>
      <div class="bar">
        <span class="muted small" role="status">
          {say(lines.selected, { n })}
        </span>
        <Button
          icon="retry"
          isSmall
          isBusy={retry.isBusy}
          isDisabled={n === 0}
          onClick={() => void retry.run()}
        >
          {say(lines.retry)}
        </Button>
      </div>
      <Table
        label={say(lines.title)}
        columns={lineColumns(desk)}
        rows={rows}
        keyOf={keyOf}
        nameOf={nameOf}
        selection={selection}
      />
    </>
  )
}

function NoLines({ isFiltered }: { readonly isFiltered: boolean }) {
  const { say } = useDesk()
  if (isFiltered) {
    return (
      <Empty icon="search" title={say(lines.noneTitle)} hint={say(lines.noneHint)}>
        <ButtonLink href={hrefOf('/lines')}>{say(lines.clear)}</ButtonLink>
      </Empty>
    )
  }
  return (
    <Empty icon="plug" title={say(lines.emptyTitle)} hint={say(lines.emptyHint)}>
      <ButtonLink href={hrefOf('/connect')} icon="plug" isPrimary>
        {say(lines.connect)}
      </ButtonLink>
    </Empty>
  )
}
