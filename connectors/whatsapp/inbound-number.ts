import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { WhatsAppSettings } from './settings.ts'

/** Which changes are the line's: those of its number, and those that are of no number. */
export class OwnNumber {
  /** Undefined for a key of 360dialog's whose number isn't known yet. */
  readonly #known: string | undefined
  #told: string | undefined

  constructor({ settings, identity }: Pick<Line<WhatsAppSettings>, 'settings' | 'identity'>) {
    const isNumber = identity !== undefined && /^\d+$/.test(identity)
    if (settings.provider === 'cloud') this.#known = settings.phoneNumberId
    else this.#known = isNumber ? identity : undefined
  }

  get id(): string | undefined {
    return this.#known ?? this.#told
  }

  /** The number, if only an update has told it. */
  get told(): string | undefined {
    return this.#known === undefined ? this.#told : undefined
  }

  claims(value: Record<string, unknown>): boolean {
    const metadata = isRecord(value['metadata']) ? value['metadata'] : {}
    const id = metadata['phone_number_id']
    const text = typeof id === 'number' ? String(id) : id
    if (typeof text !== 'string' || text === '') return true
    if (this.id === undefined && /^\d{1,32}$/.test(text)) this.#told = text
    return text === this.id
  }
}
