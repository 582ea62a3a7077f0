import type { FieldFault } from '../../api/http.ts'
import type { LineItem, Page } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'

/** A line whose communications are shown, and its methods: those of the portal with the line named. */
export interface LineDesk {
  readonly line: LineItem
  call<T>(method: string, params?: object): Promise<T>
  /** A method of the portal that takes no line. */
  callPortal<T>(method: string, params?: object): Promise<T>
  /** All pages of a list, as far as a person looks through one. */
  all<T>(method: string): Promise<readonly T[]>
}

const PAGE = 500
const MAX_PAGES = 4

export function useLineDesk(line: LineItem): LineDesk {
  const { api } = useDesk()
  const place = { connector: line.connector, line: line.line }
  const call = <T>(method: string, params: object = {}): Promise<T> =>
    api.call<T>(line.portal.id, method, { ...place, ...params })
  return {
    line,
    call,
    callPortal: (method, params) => api.call(line.portal.id, method, params),
    async all<T>(method: string) {
      const found: T[] = []
      let cursor: string | undefined
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const got = await call<Page<T>>(method, { limit: PAGE, ...(cursor && { cursor }) })
        found.push(...got.items)
        cursor = got.cursor
        if (cursor === undefined) break
      }
      return found
    },
  }
}

/** What the hub says of one field of a form, in the reader's words. */
export function useFaults(faults: readonly FieldFault[]): (field: string) => string | undefined {
  const { problem } = useDesk()
  return (field) => {
    const fault = faults.find((one) => one.field === field || one.field.startsWith(`${field}[`))
    return fault && problem(fault.problem)
  }
}

/** A name to speak of it by. */
export const titleOf = (one: { readonly code: string; readonly name?: string }): string =>
  one.name ?? one.code

/** Tags and words as one types them. */
export function toList(text: string): string[] {
  return [...new Set(text.split(/[,\n]/).map((word) => word.trim()))].filter((word) => word !== '')
}
