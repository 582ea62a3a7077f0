import type { LineItem } from '../../api/types.ts'
import type { Desk } from '../../desk/desk.ts'
import { LineBadge } from '../../parts/badge.tsx'
import { LineName } from '../../parts/line-name.tsx'
import { Ago } from '../../parts/moment.tsx'
import type { Column } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { lines } from '../../texts/lines.ts'

/** The lines' table: who it is, how it is, and what waits. */
export function lineColumns({ say, language }: Desk): readonly Column<LineItem>[] {
  const figure = (value: number, isMinimum?: boolean): string => {
    const text = new Intl.NumberFormat(language).format(value)
    return isMinimum ? say(common.atLeast, { count: text }) : text
  }
  return [
    { key: 'line', title: say(lines.line), cell: (line) => <LineName line={line} /> },
    {
      key: 'health',
      title: say(lines.health),
      cell: (line) => <LineBadge line={line} />,
    },
    {
      key: 'next',
      title: say(lines.nextTry),
      cell: ({ lockout }) => (lockout ? <Ago at={lockout.lockedUntil} /> : <None />),
      isRare: true,
    },
    {
      key: 'depth',
      title: say(lines.waiting),
      cell: ({ queue }) => figure(queue.depth, queue.isMinimum),
      isFigure: true,
    },
    {
      key: 'dead',
      title: say(lines.deadLetters),
      cell: ({ deadLetters }) =>
        deadLetters > 0 ? <span class="bad-figure">{figure(deadLetters)}</span> : '0',
      isFigure: true,
    },
    {
      key: 'updated',
      title: say(lines.updated),
      cell: ({ updatedAt }) => <Ago at={updatedAt} />,
      isExtra: true,
    },
  ]
}

function None() {
  return (
    <span class="muted" aria-hidden="true">
      –
    </span>
  )
}
