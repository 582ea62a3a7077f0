import type { LineItem } from '../api/types.ts'
import { useDesk } from '../desk/desk.ts'
import { hrefOf } from '../desk/place.ts'
import { titleOf } from '../texts/channels.ts'
import { Link } from './link.tsx'
import { Name } from './name.tsx'

/** A line as people call it: the channel's name of it where it has one. */
export const nameOf = ({ name, line }: Pick<LineItem, 'name' | 'line'>): string => name ?? line

/** A line in a table: its name leads to it; below stand its channel and, for operators, its portal. */
export function LineName({ line }: { readonly line: LineItem }) {
  const { say, isOperator } = useDesk()
  return (
    <span class="shrink">
      <Link href={hrefOf(`/lines/${line.id}`)} class="row-title">
        <Name text={nameOf(line)} />
      </Link>
      <span class="row-note">
        <Name
          text={
            isOperator
              ? `${say(titleOf(line.connector))} · ${line.portal.name}`
              : say(titleOf(line.connector))
          }
        />
      </span>
    </span>
  )
}
