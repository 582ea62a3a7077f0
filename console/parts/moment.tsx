import { signal } from '@preact/signals'
import { useDesk } from '../desk/desk.ts'
import { formatDistance, formatMoment, formatShort } from '../desk/format.ts'

const TICK_MS = 1000

/** The present, for everything that says how long ago. */
export const now = signal(Date.now())
setInterval(() => {
  if (!document.hidden) now.value = Date.now()
}, TICK_MS)

/** How long ago or ahead; the moment itself when one points at it. */
export function Ago({ at }: { readonly at: string }) {
  const { language } = useDesk()
  return (
    <time dateTime={at} title={formatMoment(at, language)} class="nowrap">
      {formatDistance(at, language, now.value)}
    </time>
  )
}

/** The moment, in the reader's zone. */
export function Moment({ at }: { readonly at: string }) {
  const { language } = useDesk()
  return (
    <time dateTime={at} title={formatMoment(at, language)} class="nowrap">
      {formatShort(at, language, now.value)}
    </time>
  )
}
