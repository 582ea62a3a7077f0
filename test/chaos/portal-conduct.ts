import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Misdeed } from './misdeeds.ts'
import type { Random } from './random.ts'

export interface Conduct {
  readonly random: Random
  readonly trapUrl: string
  /** Of the packet, in order. */
  readonly events: readonly { readonly id: string; readonly number: number }[]
  /** The portal has these now. */
  take(numbers: readonly number[]): void
  /** The portal refuses this one for good. */
  bury(number: number): void
  confirm(ids: readonly string[]): Promise<void>
}

const HUGE_BYTES = 5 * 1024 * 1024
const DRIP_MS = 150
/** Longer than any hub waits. */
const LONGEST_MS = 20_000

type Deed = (conduct: Conduct, response: ServerResponse) => Promise<void> | void

/** Only a deed that answers by the protocol takes anything: what is answered otherwise must come again. */
const DEEDS: Partial<Record<Misdeed, Deed>> = {
  reset: (_, response) => breakOff(response.socket),
  stall,
  half(_, response) {
    response.writeHead(200, { 'content-length': 64 })
    response.write('{"accepted":[', () => response.socket?.destroy())
  },
  loris,
  'answer-then-reset'(conduct, response) {
    conduct.take(numbersOf(conduct))
    const { socket } = response
    response.end('{}', () => breakOff(socket))
  },
  redirect: ({ trapUrl }, response) => {
    response.writeHead(307, { location: trapUrl }).end()
  },
  huge(_, response) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(Buffer.alloc(HUGE_BYTES, ' '))
  },
  'error-500': (_, response) => void response.writeHead(500).end('Internal Server Error'),
  'busy-429': ({ random }, response) => {
    response.writeHead(429, { 'retry-after': random.chance(0.5) ? '1' : '2' }).end()
  },
  partial,
  'reject-some': rejectSome,
  'ack-later': ackLater,
}

/** Answers one packet as `misdeed` has it; well, if there is none. */
export async function carryOut(
  misdeed: Misdeed | undefined,
  conduct: Conduct,
  response: ServerResponse,
): Promise<void> {
  const deed = misdeed && DEEDS[misdeed]
  if (deed) return await deed(conduct, response)
  // A connection that broke meanwhile: who got no answer must ask again.
  if (response.destroyed) return
  conduct.take(numbersOf(conduct))
  response.end()
}

/** RST; TLS has no such thing and just ends. */
function breakOff(socket: Socket | null): void {
  if (socket === null || 'encrypted' in socket) socket?.destroy()
  else socket.resetAndDestroy()
}

function numbersOf({ events }: Conduct): number[] {
  return events.map(({ number }) => number)
}

/** Shorter or longer than the hub waits. */
async function stall(conduct: Conduct, response: ServerResponse): Promise<void> {
  await sleep(conduct.random.between(500, 5000))
  if (response.destroyed) return
  conduct.take(numbersOf(conduct))
  response.end()
}

/** The head of the answer, a byte at a time, for ever. */
async function loris(_: Conduct, response: ServerResponse): Promise<void> {
  const head = `HTTP/1.1 200 OK\r\nx-slow: ${'z'.repeat(200)}\r\ncontent-length: 0\r\n\r\n`
  const startedAt = Date.now()
  for (const byte of head) {
    if (response.socket === null || response.destroyed || Date.now() - startedAt > LONGEST_MS) break
    response.socket.write(byte)
    await sleep(DRIP_MS)
  }
  response.destroy()
}

/** Some are taken, in any order; the others are passed over. */
function partial(conduct: Conduct, response: ServerResponse): void {
  const taken = conduct.events.filter(() => conduct.random.chance(0.6))
  conduct.take(taken.map(({ number }) => number))
  response.end(JSON.stringify({ accepted: taken.map(({ id }) => id) }))
}

/** One in twenty is refused for good. */
function rejectSome(conduct: Conduct, response: ServerResponse): void {
  const refused = conduct.events.filter(() => conduct.random.chance(0.05))
  const taken = conduct.events.filter((event) => !refused.includes(event))
  for (const { number } of refused) conduct.bury(number)
  conduct.take(taken.map(({ number }) => number))
  response.end(
    JSON.stringify({
      accepted: taken.map(({ id }) => id),
      rejected: refused.map(({ id }) => ({ id, reason: 'asked for by the test' })),
    }),
  )
}

/** Confirms at once, or later; sometimes before the hub may have noted that it is to wait. */
async function ackLater(conduct: Conduct, response: ServerResponse): Promise<void> {
  response.writeHead(202).end('{"ack":"later"}')
  await sleep(conduct.random.chance(0.3) ? 0 : conduct.random.between(20, 1500))
  await conduct.confirm(conduct.events.map(({ id }) => id))
  conduct.take(numbersOf(conduct))
}
