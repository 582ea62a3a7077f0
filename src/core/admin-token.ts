import { BoundedMap } from './bounded-map.ts'
import type { Clock } from './clock.ts'
import { isSameSecret } from './secrets.ts'

/** Wrong tokens from one address within a minute; whoever sends more is put off. */
const MAX_WRONG = 5
const WRONG_MEMORY_MS = 60_000
const MAX_ADDRESSES = 10_000

/** Whether a token is the admin token, and how often an address may be wrong. One for all doors of a process. */
export class AdminToken {
  readonly #token: string | undefined
  readonly #clock: Clock
  /** When the last wrong ones came, by address. */
  readonly #wrong = new BoundedMap<string, readonly number[]>(MAX_ADDRESSES)

  /** Without a token nobody is let in. */
  constructor(token: string | undefined, clock: Clock) {
    this.#token = token
    this.#clock = clock
  }

  /** The token itself, for what is bound to it. */
  get value(): string | undefined {
    return this.#token
  }

  /** In constant time. */
  isRight(given: string): boolean {
    return this.#token !== undefined && isSameSecret(given, this.#token)
  }

  /** Seconds that an address has to wait before its next try; 0 if it may try now. */
  waitSeconds(address: string): number {
    const times = this.#recent(address)
    const [oldest = 0] = times
    if (times.length < MAX_WRONG) return 0
    return Math.max(1, Math.ceil((oldest + WRONG_MEMORY_MS - this.#clock.now()) / 1000))
  }

  /** Counts a wrong token. What comes while the address is put off doesn't count. */
  noteWrong(address: string): void {
    const times = this.#recent(address)
    if (times.length < MAX_WRONG) this.#wrong.set(address, [...times, this.#clock.now()])
  }

  #recent(address: string): readonly number[] {
    const since = this.#clock.now() - WRONG_MEMORY_MS
    return (this.#wrong.get(address) ?? []).filter((at) => at > since)
  }
}

/** The token of an `Authorization: Bearer …`; undefined if there is none. */
export function bearerOf(header: string | string[] | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(String(header ?? ''))?.[1]
}
