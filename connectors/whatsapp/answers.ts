import { isRecord } from '#core/json.ts'
import { listOf, textFields } from '#kit/json-answer.ts'

/** A page of a list of the Graph API, and the cursor behind it if there is more. */
export function readPage(answer: unknown): {
  readonly items: readonly Record<string, unknown>[]
  readonly next?: string
} {
  if (!isRecord(answer)) return { items: [] }
  const items = listOf(answer['data']).filter(isRecord)
  const paging = isRecord(answer['paging']) ? answer['paging'] : {}
  const cursors = isRecord(paging['cursors']) ? paging['cursors'] : {}
  const after = cursors['after']
  const hasMore = typeof paging['next'] === 'string' && typeof after === 'string' && after !== ''
  return { items, ...(hasMore ? { next: after } : {}) }
}

/** `Desk (+250 788 123 200)` */
export function nameOf(number: Readonly<Record<string, unknown>>): string {
  const text = textFields(number)
  const [name, phone] = [text('verified_name'), text('display_phone_number')]
  return name && phone ? `${name} (${phone})` : name || phone
}
