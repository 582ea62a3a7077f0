import { useRef } from 'preact/hooks'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'

export type Part = 'scripts' | 'triggers' | 'broadcasts' | 'jobs' | 'slots'

export interface ItemPlace {
  /** What is open: its code or number; `new` for one that is being made; undefined: the list. */
  readonly open: { readonly item?: string } | undefined
  /** The addresses of the list, of a thing in it, and of a new one. */
  readonly list: string
  readonly add: string
  of(item: string | number): string
}

/** What of a part of the communications the address names. */
export function useItem(part: Part, lineId: number): ItemPlace {
  const { navigation } = useDesk()
  const { query } = navigation.place.value
  const path = `/communications/${part}`
  const line = String(lineId)
  const item = query['item']
  const isNew = query['new'] !== undefined
  return {
    open: isNew ? {} : item === undefined ? undefined : { item },
    list: hrefOf(path, { line }),
    add: hrefOf(path, { line, new: '1' }),
    of: (one) => hrefOf(path, { line, item: String(one) }),
  }
}

export interface Opened {
  /** What is to be loaded; undefined for what is made here, also once it is saved. */
  readonly item: string | undefined
  /** Changes when another thing is opened, and the form begins anew. */
  readonly key: string
  /** It has been saved for the first time: from now on the address names it, and the form goes on as it stands. */
  made(item: string | number): void
}

/** The thing whose form is open. */
export function useOpened(place: ItemPlace): Opened {
  const { navigation } = useDesk()
  const own = useRef<string | undefined>(undefined)
  const named = place.open?.item
  const item = named === own.current ? undefined : named
  return {
    item,
    key: item ?? '',
    made(one) {
      own.current = String(one)
      navigation.go(place.of(one), { replace: true })
    },
  }
}
