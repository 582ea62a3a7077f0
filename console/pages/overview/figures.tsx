import type { Overview } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { formatDistance } from '../../desk/format.ts'
import { hrefOf } from '../../desk/place.ts'
import { now } from '../../parts/moment.tsx'
import { Stat } from '../../parts/stat.tsx'
import { common } from '../../texts/common.ts'
import { overview } from '../../texts/overview.ts'

/** The figures that tell most; each leads to where it is seen in full. */
export function Figures({ of }: { readonly of: Overview }) {
  const { say, language, isOperator } = useDesk()
  const { lines, queue, locked, store } = of
  const figure = (value: number, isMinimum?: boolean): string => {
    const text = new Intl.NumberFormat(language).format(value)
    return isMinimum ? say(common.atLeast, { count: text }) : text
  }
  const { oldestAt } = queue
  const oldest =
    oldestAt && say(overview.oldest, { when: formatDistance(oldestAt, language, now.value) })
  return (
    <div class="stats">
      <Stat
        label={say(overview.lines)}
        value={figure(lines.total)}
        note={say(overview.connectedOf, { connected: lines.byStatus.connected ?? 0 })}
        href={hrefOf('/lines')}
      />
      <Stat
        label={say(overview.queue)}
        value={figure(queue.depth, queue.isMinimum)}
        note={oldest ?? say(overview.nothingWaits)}
      />
      <Stat
        label={say(overview.locked)}
        value={figure(locked.length, locked.length >= 20 || undefined)}
        note={say(overview.lockedNote)}
        {...(locked.length > 0 && { tone: 'warn' as const })}
      />
      <Stat
        label={say(overview.deadLetters)}
        value={figure(of.deadLetters, of.isDeadLettersMinimum)}
        note={say(of.deadLetters > 0 ? overview.lookAtThem : overview.noDeadLetters)}
        {...(of.deadLetters > 0 && { tone: 'bad' as const, href: hrefOf('/lines') })}
      />
      {isOperator && (
        <Stat
          label={say(overview.store)}
          value={say(store.isUp ? overview.up : overview.away)}
          note={store.kind === 'sqlite' ? 'SQLite' : 'MySQL'}
          tone={store.isUp ? 'good' : 'bad'}
        />
      )}
      {isOperator && of.processes !== undefined && (
        <Stat label={say(overview.processes)} value={figure(of.processes)} />
      )}
    </div>
  )
}
