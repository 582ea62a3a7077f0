import type { ComponentChildren } from 'preact'
import { useDesk } from '../desk/desk.ts'
import { common } from '../texts/common.ts'
import { Button } from './button.tsx'

export interface Column<T> {
  readonly key: string
  readonly title: string
  readonly cell: (row: T) => ComponentChildren
  /** Figures stand at the right, one below the other. */
  readonly isFigure?: boolean
  /** Left out on narrow screens. */
  readonly isExtra?: boolean
  /** Left out only where a table is narrow and its rows are no blocks yet. */
  readonly isRare?: boolean
}

export interface Selection {
  readonly has: (key: string) => boolean
  readonly toggle: (key: string) => void
  readonly toggleAll: () => void
  readonly isAll: boolean
}

interface TableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  readonly nameOf?: (row: T) => string
  readonly selection?: Selection
}

type Looks = Pick<Column<unknown>, 'isFigure' | 'isExtra' | 'isRare'>

const classOf = ({ isFigure, isExtra, isRare }: Looks): string =>
  [isFigure && 'figure', isExtra && 'extra', isRare && 'rare'].filter(Boolean).join(' ')

/** On narrow screens each row becomes a block; its cells are labelled by their columns' titles. */
export function Table<T>({ label, columns, rows, keyOf, nameOf, selection }: TableProps<T>) {
  const { say } = useDesk()
  return (
    <div class={selection ? 'table-frame has-ticks' : 'table-frame'}>
      <table aria-label={label}>
        <thead>
          <tr>
            {selection && (
              <th class="tick">
                <input
                  type="checkbox"
                  checked={selection.isAll}
                  onChange={selection.toggleAll}
                  aria-label={say(common.selectAll)}
                />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.key} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = keyOf(row)
            return (
              <tr key={key}>
                {selection && (
                  <td class="tick">
                    <input
                      type="checkbox"
                      checked={selection.has(key)}
                      onChange={() => selection.toggle(key)}
                      aria-label={say(common.selectThis, {
                        name: nameOf?.(row).slice(0, 100) ?? key,
                      })}
                    />
                  </td>
                )}
                {columns.map((column) => (
                  <td key={column.key} class={classOf(column)} data-title={column.title}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

export function MoreButton({
  onMore,
  isBusy,
}: {
  readonly onMore: () => void
  readonly isBusy: boolean
}) {
  const { say } = useDesk()
  return (
    <div class="row center pad">
      <Button onClick={onMore} isBusy={isBusy}>
        {say(common.more)}
      </Button>
    </div>
  )
}
