import { useState } from 'preact/hooks'
import type { LineDetail, TraceItem, TracePage } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { formatDistance, formatLength } from '../../desk/format.ts'
import { useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { CheckField, SelectField } from '../../parts/field.tsx'
import { Moment, now } from '../../parts/moment.tsx'
import { Card } from '../../parts/page.tsx'
import { Await, Empty, Notice } from '../../parts/states.tsx'
import { common } from '../../texts/common.ts'
import { journal } from '../../texts/journal.ts'
import { line as texts } from '../../texts/line.ts'

interface TraceTabProps {
  readonly line: LineDetail
}

/** Every exchange of the line with channel and portal, while somebody wants to see it. */
export function TraceTab({ line }: TraceTabProps) {
  const { say, api } = useDesk()
  const page = useLoad((stop) => api.trace(line.id, {}, stop), [line.id])
  return (
    <Await of={page}>
      {(data) => (
        <>
          {data.trace ? (
            <Running line={line} trace={data.trace} onChanged={page.reload} />
          ) : (
            <Start line={line} onChanged={page.reload} />
          )}
          <Card
            title={say(texts.trace)}
            actions={
              <Button isSmall icon="retry" isBusy={page.isLoading} onClick={page.reload}>
                {say(common.reload)}
              </Button>
            }
            isFlush
          >
            <Items items={data.items} />
          </Card>
        </>
      )}
    </Await>
  )
}

interface StateProps extends TraceTabProps {
  readonly onChanged: () => void
}

function Running({
  line,
  trace,
  onChanged,
}: StateProps & { readonly trace: NonNullable<TracePage['trace']> }) {
  const { say, api, language } = useDesk()
  const stop = useAction(async () => {
    await api.stopTrace(line.id)
    onChanged()
    return { done: texts.traceStopped }
  })
  const when = formatDistance(trace.until, language, now.value)
  return (
    <Notice tone="info" title={say(texts.traceOn)}>
      <p>{say(texts.traceUntil, { when })}</p>
      <Button isBusy={stop.isBusy} onClick={() => void stop.run()}>
        {say(texts.traceStop)}
      </Button>
    </Notice>
  )
}

const MINUTES = [15, 60, 240] as const

function Start({ line, onChanged }: StateProps) {
  const { say, api, language } = useDesk()
  const [minutes, setMinutes] = useState('15')
  const [hasBodies, setBodies] = useState(false)
  const start = useAction(async () => {
    await api.startTrace(line.id, { minutes: Number(minutes), bodies: hasBodies })
    onChanged()
    return { done: texts.traceStarted }
  })
  return (
    <Card title={say(texts.traceOff)}>
      <div class="stack">
        <p class="muted">{say(texts.traceHint)}</p>
        <div class="form-grid">
          <SelectField
            label={say(texts.traceFor)}
            value={minutes}
            options={MINUTES.map((value) => ({
              value: String(value),
              title: formatLength(value * 60, language),
            }))}
            onPick={setMinutes}
          />
        </div>
        <CheckField label={say(texts.traceBodies)} isOn={hasBodies} onToggle={setBodies} />
        <div class="row">
          <Button kind="primary" isBusy={start.isBusy} onClick={() => void start.run()}>
            {say(texts.traceStart)}
          </Button>
        </div>
      </div>
    </Card>
  )
}

function Items({ items }: { readonly items: readonly TraceItem[] }) {
  const { say } = useDesk()
  if (items.length === 0) {
    return <Empty icon="clock" title={say(texts.traceEmpty)} hint={say(texts.traceHint)} />
  }
  return (
    <ul class="message-list">
      {items.map((item) => (
        <Exchange key={item.id} item={item} />
      ))}
    </ul>
  )
}

const WAYS = {
  'in channel': texts.fromChannel,
  'out channel': texts.toChannel,
  'in portal': texts.fromPortal,
  'out portal': texts.toPortal,
} as const

function Exchange({ item }: { readonly item: TraceItem }) {
  const { say } = useDesk()
  const { status } = item
  const tone = status === undefined || status >= 400 ? 'bad' : 'good'
  return (
    <li class="entry">
      <div class="row wrap">
        <Moment at={item.at} />
        <strong>{say(WAYS[`${item.direction} ${item.party}`])}</strong>
        <Badge tone={tone} text={status === undefined ? say(texts.noAnswer) : String(status)} />
        <span class="muted">{say(journal.took, { ms: Math.round(item.ms) })}</span>
      </div>
      <code>
        {item.method} {item.address}
      </code>
      {item.error !== undefined && <p class="prose">{item.error}</p>}
      <Half title={say(texts.request)} half={item.request} />
      <Half title={say(texts.response)} half={item.response} />
    </li>
  )
}

function Half({ title, half }: { readonly title: string; readonly half: TraceItem['request'] }) {
  const headers = Object.entries(half.headers).map(([name, value]) => `${name}: ${value}`)
  const text = [...headers, ...(half.body === undefined ? [] : ['', half.body])].join('\n')
  if (text === '') return null
  return (
    <details>
      <summary>{title}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre class="breaks" tabIndex={0}>
        {text}
      </pre>
    </details>
  )
}
