import type { JournalStep } from '../../core/journal.ts'
import { slotAt, slotOf, slotStart } from './slots.ts'

/** A step with its instant, epoch ms. */
export type DatedStep = JournalStep & { readonly at: number }

/** A step as it is stored: a letter, the instant, and what the letter says, numbers counted from the slot's beginning. */
type Cell = string | number | null | readonly (string | number)[]
export type StoredStep = readonly Cell[]

const none = (value: string | number | undefined): string | number | null => value ?? null
const some = <T extends Cell>(value: Cell | undefined): T | undefined =>
  value === null || value === undefined ? undefined : (value as T)

/** The slots that a step belongs to, each with its part of the step: a packet's events may have come over hours. */
export function splitBySlot(step: DatedStep): ReadonlyMap<number, DatedStep> {
  if ('seq' in step) return new Map([[slotOf(step.seq), step]])
  if ('out' in step) return new Map([[slotOf(step.out), step]])
  if (!('seqs' in step)) return new Map([[slotAt(step.at), step]])
  const [first = 0] = step.seqs
  const slot = slotOf(first)
  if (step.seqs.every((seq) => slotOf(seq) === slot)) return new Map([[slot, step]])
  const parts = new Map<number, DatedStep>()
  for (const [of, seqs] of Map.groupBy(step.seqs, slotOf)) {
    const own = new Set(seqs)
    const part = { ...step, seqs }
    const isPosted = part.kind === 'posted'
    parts.set(
      of,
      isPosted ? { ...part, accepted: part.accepted.filter((seq) => own.has(seq)) } : part,
    )
  }
  return parts
}

/** The ids by which a step is looked for, beside its number. */
export function idsOf(step: JournalStep): string[] {
  switch (step.kind) {
    case 'received':
    case 'repeated':
    case 'ignored':
      return present(step.messageId)
    case 'queued':
      return present(step.messageId, step.key)
    case 'posted':
      return [step.packet]
    case 'status':
      return [...step.messageIds]
    default:
      return []
  }
}

function present(...ids: readonly (string | undefined)[]): string[] {
  return ids.filter((id) => id !== undefined)
}

export function encodeStep(step: DatedStep, slot: number): StoredStep {
  const start = slotStart(slot)
  const at = step.at - start.at
  const from = (seqs: readonly number[]): number[] => seqs.map((seq) => seq - start.seq)
  switch (step.kind) {
    case 'received':
      return ['r', at, step.seq - start.seq, step.ms, none(step.chat), none(step.messageId)]
    case 'repeated':
      return ['2', at, none(step.chat), none(step.messageId)]
    case 'ignored':
      return ['i', at, none(step.chat), none(step.messageId), step.reason]
    case 'posted': {
      const isAll = step.accepted.length === step.seqs.length
      const accepted = isAll ? 1 : from(step.accepted)
      const said = none(step.status ?? step.error)
      return ['p', at, from(step.seqs), step.packet, said, step.ms, accepted]
    }
    case 'accepted':
      return ['a', at, from(step.seqs)]
    case 'dead':
      return ['d', at, from(step.seqs), step.reason]
    case 'replayed':
      return ['y', at, from(step.seqs)]
    case 'queued':
      return ['q', at, step.out - start.seq, none(step.chat), none(step.key), none(step.messageId)]
    case 'tried':
      return [
        't',
        at,
        step.out - start.seq,
        step.chat,
        step.outcome,
        none(step.code),
        none(step.words),
        step.ms,
        none(step.nextAt),
      ]
    case 'status':
      return [
        's',
        at,
        step.out - start.seq,
        step.status,
        none(step.chat),
        step.messageIds,
        none(step.code),
      ]
  }
}

/** Undefined for what a newer version of the hub has written. */
export function decodeStep(stored: StoredStep, slot: number): DatedStep | undefined {
  const [letter, offset, ...cells] = stored
  const decode = DECODERS[String(letter)]
  if (!decode) return undefined
  const start = slotStart(slot)
  const step = decode(cells, start.seq)
  return { ...(withoutAbsent(step) as JournalStep), at: start.at + Number(offset) }
}

type Decode = (cells: readonly Cell[], from: number) => { readonly [key: string]: unknown }

const numbers = (cell: Cell | undefined, from: number): number[] =>
  (some<readonly number[]>(cell) ?? []).map((value) => value + from)

const DECODERS: Readonly<Record<string, Decode>> = {
  r: ([seq, ms, chat, messageId], from) => ({
    kind: 'received',
    seq: Number(seq) + from,
    ms,
    chat,
    messageId,
  }),
  2: ([chat, messageId]) => ({ kind: 'repeated', chat, messageId }),
  i: ([chat, messageId, reason]) => ({ kind: 'ignored', chat, messageId, reason }),
  p: ([seqs, packet, said, ms, accepted], from) => {
    const all = numbers(seqs, from)
    const isStatus = typeof said === 'number'
    return {
      kind: 'posted',
      packet,
      seqs: all,
      ms,
      status: isStatus ? said : undefined,
      error: isStatus ? undefined : said,
      accepted: accepted === 1 ? all : numbers(accepted, from),
    }
  },
  a: ([seqs], from) => ({ kind: 'accepted', seqs: numbers(seqs, from) }),
  d: ([seqs, reason], from) => ({ kind: 'dead', seqs: numbers(seqs, from), reason }),
  y: ([seqs], from) => ({ kind: 'replayed', seqs: numbers(seqs, from) }),
  q: ([out, chat, key, messageId], from) => ({
    kind: 'queued',
    out: Number(out) + from,
    chat,
    key,
    messageId,
  }),
  t: ([out, chat, outcome, code, words, ms, nextAt], from) => ({
    kind: 'tried',
    out: Number(out) + from,
    chat,
    outcome,
    code,
    words,
    ms,
    nextAt,
  }),
  s: ([out, status, chat, messageIds, code], from) => ({
    kind: 'status',
    out: Number(out) + from,
    status,
    chat,
    messageIds,
    code,
  }),
}

function withoutAbsent(step: { readonly [key: string]: unknown }): object {
  return Object.fromEntries(
    Object.entries(step).filter(([, value]) => value !== undefined && value !== null),
  )
}
