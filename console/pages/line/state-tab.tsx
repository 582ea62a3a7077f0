import type { Language, Words } from '../../../src/core/language.ts'
import type { LineDetail } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { formatLength } from '../../desk/format.ts'
import { hrefOf } from '../../desk/place.ts'
import { useAction } from '../../desk/use-action.ts'
import { Button } from '../../parts/button.tsx'
import { CopyField } from '../../parts/copy.tsx'
import { Link } from '../../parts/link.tsx'
import { Ago } from '../../parts/moment.tsx'
import { Name, Prose } from '../../parts/name.tsx'
import { Card } from '../../parts/page.tsx'
import { Notice } from '../../parts/states.tsx'
import { titleOf } from '../../texts/channels.ts'
import { common } from '../../texts/common.ts'
import { line as texts } from '../../texts/line.ts'
import { actionWords, codeActions, codeWords, healthWords, statusWords } from '../../texts/state.ts'
import { Errors, Figures } from './figures.tsx'
import type { LineProps } from './line-actions.tsx'

/** How the line is, what to do about it, and what waits. */
export function StateTab({ line, onChanged }: LineProps) {
  return (
    <>
      {!isToldByLock(line) && <Health line={line} />}
      {line.lockout && <Locked line={line} onChanged={onChanged} />}
      <Figures line={line} />
      <div class="columns">
        <Queues line={line} />
        <Facts line={line} />
      </div>
      <Errors line={line} />
    </>
  )
}

const TONES = { ok: 'good', degraded: 'warn', broken: 'bad', unknown: 'info' } as const

/** While its portal is waited for, the lock says all that there is to say, unless something else is wrong, too. */
function isToldByLock({ lockout, health }: LineDetail): boolean {
  return lockout !== undefined && (health.state === 'ok' || health.code === 'portal_unreachable')
}

/** It is written for the portal, whose language may be another one than the reader's. */
function isIn(language: Language, message: string): boolean {
  return /[а-яё]/i.test(message) === (language === 'ru')
}

/** Who has the account now, as far as the reader may learn it. */
function Displacer({ of }: { readonly of: NonNullable<LineDetail['displacer']> }) {
  const { say } = useDesk()
  const { kind, id, connector, line, name, portal } = of
  if (kind === 'released') return <p>{say(texts.displacedReleased)}</p>
  if (kind === 'other-portal') return <p>{say(texts.displacedElsewhere)}</p>
  if (kind === 'own-portal' || id === undefined) return <p>{say(texts.displacedHere)}</p>
  return (
    <p>
      {say(texts.displacedBy)}:{' '}
      <Link href={hrefOf(`/lines/${id}`)}>
        {say(titleOf(connector ?? ''))} · <Name text={name ?? line ?? ''} />
      </Link>
      {portal !== undefined && (
        <>
          {' · '}
          <Link href={hrefOf(`/portals/${portal}`)}>{say(texts.itsPortal)}</Link>
        </>
      )}
    </p>
  )
}

function Health({ line }: { readonly line: LineDetail }) {
  const { say, language } = useDesk()
  const { health, status, displacer } = line
  if (status === 'displaced') {
    return (
      <Notice tone="warn" title={say(statusWords[status])}>
        <p>{say(texts.displacedText)}</p>
        {displacer && <Displacer of={displacer} />}
      </Notice>
    )
  }
  const action = codeActions[health.code ?? ''] ?? actionWords[health.action ?? '']
  return (
    <Notice tone={TONES[health.state]} title={say(healthTitle(line))}>
      {health.message !== undefined && (
        <Prose
          text={
            isIn(language, health.message)
              ? health.message
              : say(common.inItsWords, { words: health.message })
          }
        />
      )}
      {action && health.state !== 'ok' && (
        <p>
          <strong>{say(texts.whatToDo)}:</strong> {say(action)}
        </p>
      )}
      {health.checkedAt !== undefined && (
        <p class="muted small">
          {say(texts.checkedAt)}: <Ago at={health.checkedAt} />
        </p>
      )}
    </Notice>
  )
}

function healthTitle({ health, status }: LineDetail): Words {
  if (status !== 'connected' && status !== 'failing') return statusWords[status]
  return (health.code && codeWords[health.code]) ?? healthWords[health.state]
}

/** The portal doesn't take messages: which step of the ladder it is, and the way to try at once. */
function Locked({ line, onChanged }: LineProps) {
  const { say, api, problem } = useDesk()
  const { lockout, ladder } = line
  const retry = useAction(async () => {
    await api.act(line.id, 'retry')
    onChanged()
    return { done: texts.tried }
  })
  if (!lockout) return null
  return (
    <Card
      title={say(texts.locked)}
      actions={
        <Button icon="retry" kind="primary" isBusy={retry.isBusy} onClick={() => void retry.run()}>
          {say(texts.tryNow)}
        </Button>
      }
    >
      <div class="stack">
        <p class="muted">{say(texts.lockedText)}</p>
        <dl class="facts">
          <dt>{say(texts.nextTry)}</dt>
          <dd>
            <Ago at={lockout.lockedUntil} />
          </dd>
          <dt>{say(texts.failed)}</dt>
          <dd>
            <Ago at={lockout.firstFailedAt} />
          </dd>
          <dt>{say(texts.attempts)}</dt>
          <dd>{lockout.attempt}</dd>
          <dt>{say(texts.lastError)}</dt>
          <dd>
            <Prose text={problem(lockout.lastError)} />
          </dd>
        </dl>
        <Ladder steps={ladder.steps} attempt={ladder.attempt ?? lockout.attempt} />
      </div>
    </Card>
  )
}

function Ladder({
  steps,
  attempt,
}: {
  readonly steps: readonly number[]
  readonly attempt: number
}) {
  const { say, language } = useDesk()
  const current = Math.min(attempt, steps.length) - 1
  return (
    <div class="stack tight">
      <span class="label">{say(texts.ladder)}</span>
      <ol class="ladder">
        {steps.map((seconds, at) => (
          <li
            key={`${at} ${seconds}`}
            class={at < current ? 'past' : ''}
            aria-current={at === current ? 'step' : undefined}
          >
            {formatLength(seconds, language)}
          </li>
        ))}
      </ol>
    </div>
  )
}

function Queues({ line: { queue, outbound } }: { readonly line: LineDetail }) {
  const { say, language } = useDesk()
  const figure = ({ depth, isMinimum }: { depth: number; isMinimum?: true }): string => {
    const text = new Intl.NumberFormat(language).format(depth)
    return isMinimum ? say(common.atLeast, { count: text }) : text
  }
  return (
    <Card title={say(texts.waiting)}>
      <dl class="facts">
        <dt>{say(texts.queue)}</dt>
        <dd>{figure(queue)}</dd>
        {queue.oldestAt !== undefined && (
          <>
            <dt>{say(texts.oldest)}</dt>
            <dd>
              <Ago at={queue.oldestAt} />
            </dd>
          </>
        )}
        <dt>{say(texts.outbox)}</dt>
        <dd>{figure(outbound)}</dd>
        {outbound.paused && (
          <>
            <dt>{say(texts.pausedSince)}</dt>
            <dd>
              <Ago at={outbound.paused.at} /> · <Prose text={outbound.paused.reason} />
            </dd>
          </>
        )}
      </dl>
    </Card>
  )
}

function Facts({ line }: { readonly line: LineDetail }) {
  const { say } = useDesk()
  return (
    <Card title={say(texts.facts)}>
      <div class="stack">
        <dl class="facts">
          <dt>{say(texts.channel)}</dt>
          <dd>{say(titleOf(line.connector))}</dd>
          {line.identity !== undefined && (
            <>
              <dt>{say(texts.account)}</dt>
              <dd>
                <Name text={line.identity} />
              </dd>
            </>
          )}
          <dt>{say(texts.portal)}</dt>
          <dd>
            <Link href={hrefOf(`/portals/${line.portal.id}`)}>
              <Name text={line.portal.name} />
            </Link>
          </dd>
          <dt>{say(texts.lineId)}</dt>
          <dd>
            <Name text={line.line} />
          </dd>
        </dl>
        <CopyField label={say(texts.webhookUrl)} value={line.webhookUrl} />
      </div>
    </Card>
  )
}
