import type { JournalItem, JournalStep } from '../api/types.ts'
import { useDesk } from '../desk/desk.ts'
import { titleOf } from '../texts/channels.ts'
import { journal, stepWords } from '../texts/journal.ts'
import type { Tone } from './badge.tsx'
import { CopyButton } from './copy.tsx'
import { Icon } from './icons.tsx'
import { Ago, Moment, now } from './moment.tsx'
import { Name, Prose } from './name.tsx'

const TONES: Readonly<Record<string, Tone>> = {
  accepted: 'good',
  sent: 'good',
  delivered: 'good',
  read: 'good',
  attempt: 'warn',
  dead: 'bad',
  failed: 'bad',
}

/** What became of a message, a step below the other. */
export function Timeline({
  steps,
  isIn,
}: {
  readonly steps: readonly JournalStep[]
  readonly isIn: boolean
}) {
  return (
    <ol class="timeline">
      {mergeTaken(steps).map((step, at) => (
        <Step key={`${step.at}-${at}`} step={step} isIn={isIn} />
      ))}
    </ol>
  )
}

/** What an attempt leads to: it is the same moment, and its answer belongs to the outcome. */
const TAKEN: ReadonlySet<string> = new Set(['accepted', 'sent'])

/** An attempt and the success that came of it are one step to a reader. */
function mergeTaken(steps: readonly JournalStep[]): readonly JournalStep[] {
  return steps.flatMap((step, at) => {
    const next = steps[at + 1]
    if (step.step === 'attempt' && next && TAKEN.has(next.step)) return []
    const last = steps[at - 1]
    return TAKEN.has(step.step) && last?.step === 'attempt' ? [{ ...last, ...step }] : [step]
  })
}

function Step({ step, isIn }: { readonly step: JournalStep; readonly isIn: boolean }) {
  const { say, problem } = useDesk()
  const words = step.step === 'attempt' && !isIn ? journal.triedAtChannel : stepWords[step.step]
  const said = step.error ?? step.message ?? step.reason
  const reason = said === `HTTP ${step.status}` ? undefined : said
  const nextAt = step.nextAt && Date.parse(step.nextAt) > now.value ? step.nextAt : undefined
  return (
    <li class={`step ${TONES[step.step] ?? 'idle'}`}>
      <div class="row apart top">
        <span class="step-title">{words ? say(words) : step.step}</span>
        <span class="muted">
          <Moment at={step.at} />
        </span>
      </div>
      <div class="row wrap muted small">
        {step.status !== undefined && (
          <span>{say(journal.httpStatus, { status: String(step.status) })}</span>
        )}
        {step.ms !== undefined && <span>{say(journal.took, { ms: Math.round(step.ms) })}</span>}
        {step.code && <code>{step.code}</code>}
        {nextAt && (
          <span>
            {say(journal.nextTry)} <Ago at={nextAt} />
          </span>
        )}
      </div>
      {reason && (
        <p class="small">
          <Prose text={problem(reason)} />
        </p>
      )}
    </li>
  )
}

/** What the hub itself tells a portal, as how a message fares, is about no chat here. */
const isNotice = ({ chat, messageIds }: JournalItem): boolean => !chat && !messageIds

/** An event or a message with its steps. */
export function JournalCard({ item }: { readonly item: JournalItem }) {
  const { say } = useDesk()
  const id = item.evt ?? item.out
  const isIn = item.direction === 'in'
  const kind = !isIn ? journal.outbound : isNotice(item) ? journal.notice : journal.inbound
  return (
    <article class="journal-card">
      <header class="row wrap">
        <Icon name={isIn ? 'inbound' : 'outbound'} />
        <strong>{say(kind)}</strong>
        <span class="muted">
          {say(titleOf(item.connector))} · <Name text={item.line} />
        </span>
        {item.chat && (
          <span class="muted shrink">
            <Name text={say(journal.chat, { id: item.chat.id })} />
          </span>
        )}
      </header>
      <div class="row wrap small muted">
        {[id, ...(item.messageIds ?? [])]
          .filter((one) => one !== undefined)
          .map((one) => (
            <span key={one} class="id-chip">
              <code class="cut">{one}</code>
              <CopyButton value={one} what={one} isBare />
            </span>
          ))}
      </div>
      <Timeline steps={item.steps} isIn={isIn} />
    </article>
  )
}
