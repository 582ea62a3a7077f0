import type { Health, LineItem, LineStatus } from '../api/types.ts'
import { useDesk } from '../desk/desk.ts'
import { codeWords, healthWords, statusWords } from '../texts/state.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'idle' | 'busy'

export function Badge({ tone, text }: { readonly tone: Tone; readonly text: string }) {
  return (
    <span class={`badge ${tone}`}>
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  )
}

const HEALTH_TONES: Readonly<Record<Health['state'], Tone>> = {
  ok: 'good',
  degraded: 'warn',
  broken: 'bad',
  unknown: 'idle',
}

/** Health in words: what is wrong, where that is known. */
export function HealthBadge({ health }: { readonly health: Health }) {
  const { say } = useDesk()
  const code = health.code && codeWords[health.code]
  return <Badge tone={HEALTH_TONES[health.state]} text={say(code ?? healthWords[health.state])} />
}

const STATUS_TONES: Readonly<Record<LineStatus, Tone>> = {
  saved: 'idle',
  connected: 'good',
  displaced: 'warn',
  failing: 'bad',
  disconnected: 'idle',
}

export function StatusBadge({ status }: { readonly status: LineStatus }) {
  const { say } = useDesk()
  return <Badge tone={STATUS_TONES[status]} text={say(statusWords[status])} />
}

/** How a line is: its health while it is connected, otherwise why it isn't; a portal that doesn't take messages comes first. */
export function LineBadge({
  line,
}: {
  readonly line: Pick<LineItem, 'status' | 'health' | 'lockout'>
}) {
  const { say } = useDesk()
  const { status, health, lockout } = line
  if (status !== 'connected' && status !== 'failing') return <StatusBadge status={status} />
  if (lockout && health.state === 'ok') {
    return <Badge tone="warn" text={say(codeWords['portal_unreachable'] ?? healthWords.degraded)} />
  }
  return <HealthBadge health={health} />
}
