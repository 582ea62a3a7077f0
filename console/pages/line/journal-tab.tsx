import type { JournalItem, LineDetail } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { ButtonLink } from '../../parts/link.tsx'
import { Card } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { JournalCard } from '../../parts/timeline.tsx'
import { line as texts } from '../../texts/line.ts'

interface JournalTabProps {
  readonly line: LineDetail
  readonly items: readonly JournalItem[]
}

/** Messages of the line, as they come and go. */
export function JournalTab({ line, items }: JournalTabProps) {
  const { say } = useDesk()
  return (
    <Card
      title={say(texts.journalTitle)}
      actions={
        <ButtonLink href={hrefOf('/messages', { line: String(line.id) })} icon="search">
          {say(texts.find)}
        </ButtonLink>
      }
      isFlush
    >
      <p class="pad muted small">{say(texts.journalHint)}</p>
      {items.length === 0 ? (
        <Empty icon="clock" title={say(texts.journalEmpty)} hint={say(texts.journalEmptyHint)} />
      ) : (
        items.map((item) => <JournalCard key={item.evt ?? item.out ?? ''} item={item} />)
      )}
    </Card>
  )
}
