import type { LineItem, Process } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import { LineBadge } from '../../parts/badge.tsx'
import { LineName } from '../../parts/line-name.tsx'
import { Ago, Moment } from '../../parts/moment.tsx'
import { Name } from '../../parts/name.tsx'
import { Card } from '../../parts/page.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { overview } from '../../texts/overview.ts'

const keyOf = ({ id }: LineItem): string => String(id)

/** Lines whose portal doesn't answer, the longest first. */
export function LockedLines({ lines }: { readonly lines: readonly LineItem[] }) {
  const { say } = useDesk()
  if (lines.length === 0) return null
  const columns: readonly Column<LineItem>[] = [
    { key: 'line', title: say(overview.line), cell: (line) => <LineName line={line} /> },
    {
      key: 'since',
      title: say(overview.since),
      cell: ({ lockout }) => lockout && <Ago at={lockout.firstFailedAt} />,
    },
    {
      key: 'next',
      title: say(overview.nextTry),
      cell: ({ lockout }) => lockout && <Ago at={lockout.lockedUntil} />,
    },
    {
      key: 'depth',
      title: say(overview.waiting),
      cell: ({ queue }) => queue.depth,
      isFigure: true,
    },
  ]
  return (
    <Card title={say(overview.lockedTitle)} isFlush>
      <Table label={say(overview.lockedTitle)} columns={columns} rows={lines} keyOf={keyOf} />
    </Card>
  )
}

/** Broken lines first, then those that need a look. */
export function UnwellLines({ lines }: { readonly lines: readonly LineItem[] }) {
  const { say } = useDesk()
  if (lines.length === 0) return null
  const columns: readonly Column<LineItem>[] = [
    { key: 'line', title: say(overview.line), cell: (line) => <LineName line={line} /> },
    { key: 'health', title: say(overview.health), cell: (line) => <LineBadge line={line} /> },
    { key: 'since', title: say(overview.since), cell: ({ health }) => <Ago at={health.since} /> },
  ]
  return (
    <Card title={say(overview.unwellTitle)} isFlush>
      <Table label={say(overview.unwellTitle)} columns={columns} rows={lines} keyOf={keyOf} />
    </Card>
  )
}

/** Which processes work on this store. */
export function Processes() {
  const { say, api } = useDesk()
  const { data } = useLoad(api.processes, [])
  if (!data) return null
  const columns: readonly Column<Process>[] = [
    {
      key: 'host',
      title: say(overview.host),
      cell: ({ host, pid, isThis }) => (
        <span class="shrink">
          <Name text={`${host} · ${pid}`} />{' '}
          {isThis && <span class="muted">({say(overview.thisOne)})</span>}
        </span>
      ),
    },
    { key: 'roles', title: say(overview.roles), cell: ({ roles }) => roles.join(', ') },
    {
      key: 'started',
      title: say(overview.started),
      cell: ({ startedAt }) => <Moment at={startedAt} />,
    },
  ]
  return (
    <Card title={say(overview.processes)} isFlush>
      <Table
        label={say(overview.processes)}
        columns={columns}
        rows={data.items}
        keyOf={({ host, pid, startedAt }) => `${host} ${pid} ${startedAt}`}
      />
    </Card>
  )
}
