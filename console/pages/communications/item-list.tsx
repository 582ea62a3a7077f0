import type { ComponentChildren } from 'preact'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import type { Text } from '../../desk/words.ts'
import type { IconName } from '../../parts/icons.tsx'
import { ButtonLink } from '../../parts/link.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import type { LineDesk } from './line-desk.ts'
import { ListFrame } from './list-frame.tsx'
import { type ItemPlace, type Part, useItem } from './use-item.ts'

interface ItemListProps<T> {
  readonly desk: LineDesk
  readonly part: Part
  readonly load: () => Promise<readonly T[]>
  readonly icon: IconName
  readonly words: { readonly empty: Text; readonly emptyHint: Text; readonly add: Text }
  /** One of them, or a new one, as the address says. */
  readonly page: (place: ItemPlace) => ComponentChildren
  readonly table: (items: readonly T[], place: ItemPlace, reload: () => void) => ComponentChildren
}

/** A part of the communications: its list, what to do where there is none yet, and the page of what is opened. */
export function ItemList<T>({ desk, part, load, icon, words, page, table }: ItemListProps<T>) {
  const { say } = useDesk()
  const place = useItem(part, desk.line.id)
  const list = useLoad(load, [desk.line.id, place.open])
  if (place.open) return <>{page(place)}</>
  return (
    <Await of={list}>
      {(items) =>
        items.length === 0 ? (
          <Empty icon={icon} title={say(words.empty)} hint={say(words.emptyHint)}>
            <ButtonLink href={place.add} icon="plus" isPrimary>
              {say(words.add)}
            </ButtonLink>
          </Empty>
        ) : (
          <ListFrame add={place.add} label={say(words.add)}>
            {table(items, place, list.reload)}
          </ListFrame>
        )
      }
    </Await>
  )
}
