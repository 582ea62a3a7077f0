import { given } from '../../../core/given.ts'
import { parseNumberedId } from '../../../core/ids.ts'
import { isRecord } from '../../../core/json.ts'
import type { DeliveryPacket, PacketAnswer } from '../../../core/packet.ts'
import { parseRetryAfter } from '../../../core/retry-after.ts'
import type { PortalResponse } from '../../exchange.ts'

/** The line and the entries that the packet was about. */
type PacketOf = Pick<DeliveryPacket, 'address'> & {
  readonly events: readonly { readonly seq: number }[]
}

const MAX_REASON_LENGTH = 300

/**
 * What a portal's answer to a packet means (PROTOCOL §5, "Answers to events"). `isStrict`: a 2xx that doesn't say what was
 * accepted is a failure, as PHP answers 200 with a page of HTML when it fails. Pure.
 */
export function readAnswer(
  { address, events }: PacketOf,
  response: PortalResponse,
  { now, isStrict }: { readonly now: number; readonly isStrict: boolean },
): PacketAnswer {
  const { status } = response
  if (status === 410) return { kind: 'gone' }
  if (status < 200 || status >= 300) return toFailure(response, now)
  const answer = parseJson(response.body)
  const all = events.map(({ seq }) => seq)
  const unsaid: PacketAnswer = isStrict
    ? { ...toFailure(response, now), error: `HTTP ${status} without a JSON list "accepted"` }
    : { kind: 'answered', status, accepted: all, rejected: [] }
  if (!isRecord(answer)) return unsaid
  if (answer['ack'] === 'later') return { kind: 'ack-later', status }
  const { accepted, rejected } = answer
  if (!Array.isArray(accepted) && !Array.isArray(rejected)) return unsaid
  const known = new Set(all)
  const refused = readRejected(rejected, address.lineId).filter(({ seq }) => known.has(seq))
  const refusedSeqs = new Set(refused.map(({ seq }) => seq))
  return {
    kind: 'answered',
    status,
    accepted: readIds(accepted, address.lineId).filter(
      (seq) => known.has(seq) && !refusedSeqs.has(seq),
    ),
    rejected: refused,
  }
}

function toFailure(
  { status, retryAfter, body }: PortalResponse,
  now: number,
): Extract<PacketAnswer, { kind: 'failed' }> {
  const isRedirect = status >= 300 && status < 400
  const isBusy = status === 429 || status === 503
  const retryAfterMs = isBusy ? parseRetryAfter(retryAfter, now) : undefined
  return {
    kind: 'failed',
    status,
    error: isRedirect ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`,
    ...given({ retryAfterMs, body }),
  }
}

/** Any body is fine with a 2xx, JSON or not: only the keys count. */
function parseJson(body: string): unknown {
  if (!body.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function readIds(value: unknown, lineId: number): number[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((id) => {
    const parsed = typeof id === 'string' ? parseNumberedId('evt_', id) : undefined
    return parsed?.lineId === lineId ? [parsed.seq] : []
  })
}

function readRejected(value: unknown, lineId: number): { seq: number; reason: string }[] {
  if (!Array.isArray(value)) return []
  return value.filter(isRecord).flatMap(({ id, reason }) => {
    const [seq] = readIds([id], lineId)
    const text = typeof reason === 'string' && reason !== '' ? reason : 'no reason given'
    return seq === undefined ? [] : [{ seq, reason: text.slice(0, MAX_REASON_LENGTH) }]
  })
}
