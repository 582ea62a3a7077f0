import type { LineDetail } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { Link } from '../../parts/link.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Prose } from '../../parts/name.tsx'
import { Card } from '../../parts/page.tsx'
import { Stat } from '../../parts/stat.tsx'
import { common } from '../../texts/common.ts'
import { line as texts } from '../../texts/line.ts'

/** What the line has done in a day. */
export function Figures({ line: { last24h } }: { readonly line: LineDetail }) {
  const { say, language } = useDesk()
  const figure = (value: number): string => {
    const text = new Intl.NumberFormat(language).format(value)
    return last24h.isMinimum ? say(common.atLeast, { count: text }) : text
  }
  const { received, delivered, sent, failed } = last24h
  const note = say(texts.last24h)
  return (
    <div class="stats">
      <Stat label={say(texts.received)} value={figure(received)} note={note} />
      <Stat label={say(texts.delivered)} value={figure(delivered)} note={note} />
      <Stat label={say(texts.sent)} value={figure(sent)} note={note} />
      <Stat
        label={say(texts.failedCount)}
        value={figure(failed)}
        note={note}
        {...(failed > 0 && { tone: 'bad' as const })}
      />
    </div>
  )
}

export function Errors({ line }: { readonly line: LineDetail }) {
  const { say, problem } = useDesk()
  return (
    <Card title={say(texts.errors)} isFlush>
      {line.errors.length === 0 ? (
        <p class="pad muted">{say(texts.noErrors)}</p>
      ) : (
        <ul class="message-list">
          {line.errors.map(({ at, direction, message, code, evt, out }) => (
            <li key={`${at} ${evt ?? out ?? ''}`} class="entry">
              <div class="row wrap muted small">
                <Moment at={at} />
                <span>{say(direction === 'in' ? texts.toPortal : texts.toChannel)}</span>
                {code !== undefined && <code>{code}</code>}
                {(evt ?? out) !== undefined && (
                  <Link href={hrefOf('/messages', { id: evt ?? out })}>{say(texts.seeSteps)}</Link>
                )}
              </div>
              <Prose text={problem(message)} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
