/** As much of `Date` as the glue of QuickJS uses, with a clock that stands still and a time zone that is UTC everywhere. */
export class SandboxClock {
  #now = 0
  /** In place of the host's `Date`. */
  readonly Date: unknown

  constructor() {
    const readNow = () => this.#now
    this.Date = class extends UtcDate {
      constructor(...parts: number[]) {
        super(parts.length === 0 ? [readNow()] : parts)
      }
      static now(): number {
        return readNow()
      }
    }
  }

  set(epochMs: number): void {
    this.#now = epochMs
  }
}

class UtcDate {
  readonly #date: Date

  constructor(parts: readonly number[]) {
    const [first = 0, month, day = 1] = parts
    this.#date = new Date(month === undefined ? first : Date.UTC(first, month, day))
  }

  getSeconds(): number {
    return this.#date.getUTCSeconds()
  }

  getMinutes(): number {
    return this.#date.getUTCMinutes()
  }

  getHours(): number {
    return this.#date.getUTCHours()
  }

  getDate(): number {
    return this.#date.getUTCDate()
  }

  getMonth(): number {
    return this.#date.getUTCMonth()
  }

  getFullYear(): number {
    return this.#date.getUTCFullYear()
  }

  getDay(): number {
    return this.#date.getUTCDay()
  }

  getTimezoneOffset(): number {
    return 0
  }
}
