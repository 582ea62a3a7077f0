import type { JournalStep } from '../../core/journal.ts'
import { isNear, slotAt, slotOf, slotStart } from './slots.ts'

/** A step with its instant, epoch ms. */
export type DatedStep = JournalStep & { readonly at: number }

/** A step as it is stored: a letter, the instant, and what the letter says, numbers counted from the slot's beginning. */
type Cell = string | number | null | readonly (string | number)[]
type StoredStep = readonly Cell[]

const none = (value: string | number | undefined): string | number | null => value ?? null
const some = <T extends Cell>(value: Cell | undefined): T | undefined =>
  value === null || value === undefined ? undefined : (value as T)

/** A step's part that belongs to a slot. */
export interface SlotPart {
  readonly slot: number
  readonly step: DatedStep
}

/** A packet's events may have come over hours: then each slot has its part of the step. */
export function splitBySlot(step: DatedStep): readonly SlotPart[] {
  if ('seq' in step) return [{ slot: slotOf(step.seq), step }]
  if ('out' in step) return [{ slot: slotOf(step.out), step }]
  if (!('seqs' in step)) return [{ slot: slotAt(step.at), step }]
  const [first = 0] = step.seqs
  const slot = slotOf(first)
  if (step.seqs.every((seq) => slotOf(seq) === slot)) return [{ slot, step }]
  return [...Map.groupBy(step.seqs, slotOf)].map(([of, seqs]) => {
    if (step.kind !== 'posted') return { slot: of, step: { ...step, seqs } }
    const own = new Set(seqs)
    const accepted = step.accepted.filter((seq) => own.has(seq))
    return { slot: of, step: { ...step, seqs, accepted } }
  })
}

/**
 * The ids by which a step is looked for, beside its number. A packet's says by itself which line and second it was posted in,
 * so only a packet of events that had waited needs an entry.
 */
export function idsOf(step: DatedStep, slot: number): readonly string[] {
  switch (step.kind) {
    case 'received':
    case 'repeated':
    case 'ignored':
      return present(step.messageId)
    case 'queued':
      return present(step.messageId, step.key)
    case 'posted':
      return isNear(slot, step.packet) ? NO_IDS : [step.packet]
    case 'status':
      return step.messageIds
    default:
      return NO_IDS
  }
}

const NO_IDS: readonly string[] = []

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
function decodeStep(stored: StoredStep, slot: number): DatedStep | undefined {
  const [letter, offset, ...cells] = stored
  const decode = DECODERS[String(letter)]
  if (!decode) return undefined
  const start = slotStart(slot)
  const step = decode(cells, start.seq)
  return { ...(withoutAbsent(step) as JournalStep), at: start.at + Number(offset) }
}

/** The steps of a row. None of one that can't be read: nobody must fail for what a diary holds. */
export function decodeRow(text: string, slot: number): DatedStep[] {
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch {
    return []
  }
  if (!Array.isArray(stored)) return []
  return stored.flatMap((step: unknown) => {
    const decoded = Array.isArray(step) ? decodeStep(step as StoredStep, slot) : undefined
    return decoded ? [decoded] : []
  })
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
