import { isRecord } from '#core/json.ts'

/** A page of a list of the Graph API, and the cursor behind it if there is more. */
export function readPage(answer: unknown): {
  readonly items: readonly Record<string, unknown>[]
  readonly next?: string
} {
  if (!isRecord(answer)) return { items: [] }
  const items = Array.isArray(answer['data']) ? answer['data'].filter(isRecord) : []
  const paging = isRecord(answer['paging']) ? answer['paging'] : {}
  const cursors = isRecord(paging['cursors']) ? paging['cursors'] : {}
  const after = cursors['after']
  const hasMore = typeof paging['next'] === 'string' && typeof after === 'string' && after !== ''
  return { items, ...(hasMore ? { next: after } : {}) }
}

/** `Desk (+250 788 123 200)` */
export function nameOf(number: Readonly<Record<string, unknown>>): string {
  const { verified_name: name, display_phone_number: phone } = number
  const [shown, digits] = [name, phone].map((value) => (typeof value === 'string' ? value : ''))
  return shown && digits ? `${shown} (${digits})` : shown || digits || ''
}
