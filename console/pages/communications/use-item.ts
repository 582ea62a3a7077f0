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
