import { useState } from 'preact/hooks'
import type { ListedRun } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { formatLength } from '../../desk/format.ts'
import { useAction } from '../../desk/use-action.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Moment } from '../../parts/moment.tsx'
import { broadcasts, countWords, runStates } from '../../texts/communications/broadcasts.ts'
import type { LineDesk } from './line-desk.ts'

const TONES: Readonly<Record<ListedRun['state'], Tone>> = {
  scheduled: 'idle',
  running: 'busy',
  paused: 'warn',
  done: 'good',
  cancelled: 'idle',
  failed: 'bad',
}

interface BroadcastRunProps {
  readonly desk: LineDesk
  readonly run: ListedRun
  readonly title: string
  readonly onMoved: () => void
}

/** How far a run is, and what can be done with it. */
export function BroadcastRun({ desk, run, title, onMoved }: BroadcastRunProps) {
  const { say, language } = useDesk()
  const { state, total, queued, etaSec, createdAt } = run
  const words = runStates[state]
  const done = total - queued
  const figures = { done, total }
  return (
    <article class="stack tight">
      <div class="row apart wrap">
        <span class="row wrap">
          <Badge tone={TONES[state]} text={words ? say(words) : state} />
          <span class="muted small">
            {say(broadcasts.began)} <Moment at={createdAt} />
          </span>
        </span>
        <Moves desk={desk} run={run} title={title} onMoved={onMoved} />
      </div>
      {state !== 'scheduled' && (
        <>
          <progress
            value={done}
            max={Math.max(total, 1)}
            aria-label={say(broadcasts.progressLabel)}
          />
          <div class="row apart wrap small">
            <span>{say(broadcasts.progress, figures)}</span>
            {etaSec !== undefined && (
              <span class="muted">
                {say(broadcasts.eta, { length: formatLength(etaSec, language) })}
              </span>
            )}
          </div>
          <Counts run={run} />
        </>
      )}
    </article>
  )
}

function Counts({ run }: { readonly run: ListedRun }) {
  const { say, language } = useDesk()
  const figures = new Intl.NumberFormat(language)
  const shown = Object.entries(countWords).flatMap(([key, words]) => {
    const count = run[key as keyof ListedRun]
    return typeof count === 'number' && count > 0 ? [{ key, words, count }] : []
  })
  return (
    <ul class="row wrap small muted counts">
      {shown.map(({ key, words, count }) => (
        <li key={key}>
          <strong>{figures.format(count)}</strong> {say(words)}
        </li>
      ))}
    </ul>
  )
}

function Moves({ desk, run: { run, state }, title, onMoved }: BroadcastRunProps) {
  const { say } = useDesk()
  const [isAsked, setAsked] = useState(false)
  const move = useAction(async (what: 'pause' | 'resume' | 'cancel') => {
    await desk.call(`${what}Broadcast`, { run })
    setAsked(false)
    onMoved()
    return {
      done: { pause: broadcasts.paused, resume: broadcasts.resumed, cancel: broadcasts.cancelled }[
        what
      ],
    }
  })
  if (state === 'done' || state === 'cancelled' || state === 'failed') return null
  const isPaused = state === 'paused'
  const name = title.slice(0, 200)
  return (
    <span class="row wrap tight-row">
      <Button
        isSmall
        icon={isPaused ? 'play' : 'pause'}
        isBusy={move.isBusy}
        onClick={() => void move.run(isPaused ? 'resume' : 'pause')}
      >
        {say(isPaused ? broadcasts.resume : broadcasts.pause)}
      </Button>
      <Button isSmall icon="cross" onClick={() => setAsked(true)}>
        {say(broadcasts.cancel)}
      </Button>
      {isAsked && (
        <Confirm
          title={say(broadcasts.cancelTitle, { name })}
          action={say(broadcasts.cancel)}
          isBusy={move.isBusy}
          onConfirm={() => void move.run('cancel')}
          onClose={() => setAsked(false)}
        >
          <p>{say(broadcasts.cancelHint)}</p>
        </Confirm>
      )}
    </span>
  )
}
