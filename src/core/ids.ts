import { randomBytes } from 'node:crypto'

/** Crockford's base 32 in lower case: in ASCII order, without look-alikes. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const VALUES = new Map([...ALPHABET].map((char, value) => [char, value]))

/** 11 × 5 = 55 bits: holds every safe integer, so the text of a sequence number sorts as the number does. */
const SEQ_WIDTH = 11
/** Room for 1 024 numbers in each millisecond before they run ahead of the clock. */
const SEQ_PER_MS = 1024

/**
 * The first sequence number for new entries of a line: follows the clock, but always beyond `previous`. Given out under
 * the line's row lock, so order within a line never rests on clocks of several machines agreeing.
 */
export function nextSeq(previous: number, now: number): number {
  return Math.max(previous + 1, now * SEQ_PER_MS)
}

/** When a number was given out, epoch ms; later where the numbers have run ahead of the clock. */
export function seqTime(seq: number): number {
  return Math.floor(seq / SEQ_PER_MS)
}

export const eventId = (lineId: number, seq: number): string => numbered('evt_', lineId, seq)
export const outId = (lineId: number, seq: number): string => numbered('out_', lineId, seq)

/** The line and number an `evt_…` or `out_…` id stands for; undefined for anything else. */
export function parseNumberedId(
  prefix: 'evt_' | 'out_',
  id: string,
): { lineId: number; seq: number } | undefined {
  if (!id.startsWith(prefix) || id.length > prefix.length + 2 * SEQ_WIDTH) return undefined
  const digits = id.slice(prefix.length)
  const seq = decode(digits.slice(0, SEQ_WIDTH))
  const lineId = decode(digits.slice(SEQ_WIDTH))
  const isWhole = digits.length > SEQ_WIDTH && digits[SEQ_WIDTH] !== '0'
  return seq === undefined || lineId === undefined || !isWhole ? undefined : { lineId, seq }
}

/** Ids of what the communications keep: each is the number of its row, so that the text sorts as the number does. */
export const jobId = (row: number): string => ofRow('job_', row)
export const runId = (row: number): string => ofRow('brn_', row)
export const taskId = (row: number): string => ofRow('ntf_', row)

/** The row's number; undefined for what is no such id. */
export const parseJobId = (id: string): number | undefined => rowOf('job_', id)
export const parseRunId = (id: string): number | undefined => rowOf('brn_', id)
export const parseTaskId = (id: string): number | undefined => rowOf('ntf_', id)

function ofRow(prefix: string, row: number): string {
  return prefix + encode(row).padStart(SEQ_WIDTH, '0')
}

function rowOf(prefix: string, id: string): number | undefined {
  if (!id.startsWith(prefix) || id.length !== prefix.length + SEQ_WIDTH) return undefined
  const row = decode(id.slice(prefix.length))
  return row === undefined || row === 0 ? undefined : row
}

/** `prefix` + 26 characters: 50 bits of time, then 80 random bits. */
export function timedId(prefix: 'pkt_' | 'prc_' | 'alr_', now: number): string {
  return prefix + encode(now).padStart(10, '0') + randomText(16)
}

const TIME_WIDTH = 10
/** 35 bits. */
const LINE_WIDTH = 7

/**
 * `pkt_` + 26 characters: 50 bits of time, the line, then 45 random bits. So a packet's id alone says where to look for what
 * became of it.
 */
export function packetId(lineId: number, now: number): string {
  const line = encode(lineId).padStart(LINE_WIDTH, '0')
  const random = randomText(16 - line.length)
  return `pkt_${encode(now).padStart(TIME_WIDTH, '0')}${line}${random}`
}

/** The line and instant of a `pkt_…` id; undefined for anything else. */
export function parsePacketId(id: string): { lineId: number; at: number } | undefined {
  if (!/^pkt_[0-9a-z]{26}$/.test(id)) return undefined
  const digits = id.slice('pkt_'.length)
  const at = decode(digits.slice(0, TIME_WIDTH))
  const lineId = decode(digits.slice(TIME_WIDTH, TIME_WIDTH + LINE_WIDTH))
  return at === undefined || lineId === undefined ? undefined : { lineId, at }
}

/** `prefix` + 20 random characters (100 bits). */
export function randomId(prefix: 'prt_' | 'ses_'): string {
  return prefix + randomText(20)
}

function numbered(prefix: string, lineId: number, seq: number): string {
  return prefix + encode(seq).padStart(SEQ_WIDTH, '0') + encode(lineId)
}

function encode(value: number): string {
  let rest = value
  let text = ''
  do {
    text = ALPHABET.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  } while (rest > 0)
  return text
}

function decode(text: string): number | undefined {
  let value = 0
  for (const char of text) {
    const digit = VALUES.get(char)
    if (digit === undefined) return undefined
    value = value * 32 + digit
  }
  return Number.isSafeInteger(value) ? value : undefined
}

function randomText(length: number): string {
  let text = ''
  for (const byte of randomBytes(length)) text += ALPHABET.charAt(byte % 32)
  return text
}
