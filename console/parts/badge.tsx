import type { Health, LineStatus } from '../api/types.ts'
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

/** How a line is: its health while it is connected, otherwise why it isn't. */
export function LineBadge({
  line,
}: {
  readonly line: { readonly status: LineStatus; readonly health: Health }
}) {
  const isAtWork = line.status === 'connected' || line.status === 'failing'
  return isAtWork ? <HealthBadge health={line.health} /> : <StatusBadge status={line.status} />
}
