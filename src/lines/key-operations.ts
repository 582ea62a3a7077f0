import type { Clock } from '../core/clock.ts'
import type { KeyIds } from '../db/engine/secret-box.ts'
import type { KeyUse, SealedValues } from '../db/lines/sealed-values.ts'

/** `unknown`: the key isn't here, or the value isn't a sealed text at all. */
export type KeyRole = 'current' | 'previous' | 'unknown'

/** Values under one key. */
export interface KeyCount {
  /** Undefined: values that aren't sealed texts. */
  readonly keyId: string | undefined
  readonly role: KeyRole
  readonly values: number
}

export interface KeyUsage extends KeyCount {
  /** How many where, as `line.webhook_secret`. */
  readonly places: Readonly<Record<string, number>>
}

export interface RekeyResult {
  readonly sealed: number
  /** What can't be opened: the key isn't at hand, or the value is damaged. */
  readonly unopened: readonly KeyCount[]
  /** What is under another key than the current one at the end. */
  readonly left: readonly KeyUsage[]
}

export type Progress = (done: number, total: number) => void

/** The store holds secrets that can't be opened with the keys at hand. `message` is one line for the operator. */
export class MissingKeyError extends Error {
  override name = 'MissingKeyError'
  readonly code = 'HUB_KEY_MISSING'
}

/** Each seals what hubs with another key have written during the one before. */
const MAX_PASSES = 5

/** Looks after the keys that secrets are sealed with. Throws StoreUnavailableError. */
export class KeyOperations {
  readonly #sealed: SealedValues
  readonly #keys: KeyIds
  readonly #clock: Clock
  readonly #isGiven: boolean

  /** `isGiven`: the key was configured, and not found or made beside the store. */
  constructor(
    sealed: SealedValues,
    keys: KeyIds,
    { clock, isGiven }: { readonly clock: Clock; readonly isGiven: boolean },
  ) {
    this.#isGiven = isGiven
    this.#sealed = sealed
    this.#keys = keys
    this.#clock = clock
  }

  /** The key with the most values first. */
  async usage(): Promise<KeyUsage[]> {
    const uses = await this.#sealed.count(this.#clock.now())
    return [...Map.groupBy(uses, ({ keyId }) => keyId)]
      .map(([keyId, own]) => this.#toUsage(keyId, own))
      .sort((a, b) => b.values - a.values)
  }

  /** Throws MissingKeyError. */
  async requireKeys(): Promise<void> {
    const fault = await this.findFault()
    if (fault !== undefined) throw new MissingKeyError(fault)
  }

  /** Why the store can't be worked on with the keys at hand, in a line for the operator; undefined if it can. */
  async findFault(): Promise<string | undefined> {
    const { current, previous = current } = this.#keys
    if (await this.#sealed.hasOthers([current, previous], this.#clock.now())) {
      const missing = describeMissing(await this.usage())
      if (missing !== undefined) return missing
    }
    const known = await this.#sealed.readKeyCheck()
    if (known === undefined || known === current || known === previous) return undefined
    // A key that was made beside a store without secrets is as good as the lost one.
    const isInUse = (await this.usage()).some(({ role }) => role === 'current')
    if (isInUse || !this.#isGiven) return undefined
    return `this store has been worked on with another key (id ${known}, HUB_SECRET_KEY is ${current}): set HUB_SECRET_KEY to that one, or bring it as HUB_SECRET_KEY_PREVIOUS`
  }

  /** For whoever comes next with another one. Not while the previous key is still needed. */
  async noteKey(): Promise<void> {
    const { current, previous } = this.#keys
    const known = await this.#sealed.readKeyCheck()
    if (known === current || (previous !== undefined && known === previous)) return
    await this.#sealed.writeKeyCheck(current)
  }

  /**
   * Seals everything that the previous key opens under the current one, while hubs run. It may be broken off at any moment
   * and called again.
   */
  async rekey(onProgress: Progress): Promise<RekeyResult> {
    await this.#sealed.dropExpired(this.#clock.now())
    const total = sum(await this.#foreign())
    let sealed = 0
    let unopened: readonly KeyCount[] = []
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const done = sealed
      const end = await this.#pass((seen) => onProgress(Math.min(done + seen, total), total))
      unopened = end.unopened
      sealed += end.sealed
      if (end.sealed === 0) break
    }
    const left = await this.#foreign()
    if (left.length === 0) await this.#sealed.writeKeyCheck(this.#keys.current)
    return { sealed, unopened, left }
  }

  async #pass(
    onProgress: (seen: number) => void,
  ): Promise<Pick<RekeyResult, 'sealed' | 'unopened'>> {
    const unopened: (string | undefined)[] = []
    let sealed = 0
    for await (const page of this.#sealed.reseal(this.#clock.now())) {
      sealed += page.sealed
      // One by one: a spread of very many would overflow the stack.
      for (const keyId of page.unopened) unopened.push(keyId)
      onProgress(sealed + unopened.length)
    }
    const counts = [...Map.groupBy(unopened, (keyId) => keyId)].map(([keyId, { length }]) => ({
      keyId,
      role: this.#roleOf(keyId),
      values: length,
    }))
    return { sealed, unopened: counts }
  }

  async #foreign(): Promise<KeyUsage[]> {
    return (await this.usage()).filter(({ role }) => role !== 'current')
  }

  #toUsage(keyId: string | undefined, uses: readonly KeyUse[]): KeyUsage {
    const places = Object.fromEntries(uses.map(({ place, values }) => [place, values]))
    return { keyId, role: this.#roleOf(keyId), values: sum(uses), places }
  }

  #roleOf(keyId: string | undefined): KeyRole {
    if (keyId === this.#keys.current) return 'current'
    return keyId !== undefined && keyId === this.#keys.previous ? 'previous' : 'unknown'
  }
}

/** One line for the operator; undefined if every key is there. */
export function describeMissing(usage: readonly KeyCount[]): string | undefined {
  const missing = usage.filter(({ role }) => role === 'unknown')
  if (missing.length === 0) return undefined
  return `${sum(missing)} stored secrets were sealed with a key that is not here (${describeKeys(missing)}): bring it as HUB_SECRET_KEY_PREVIOUS, or the store's .key file back`
}

/** `key ids 1a2b3c4d: 412, …` */
export function describeKeys(counts: readonly KeyCount[]): string {
  return `key ids ${counts.map(({ keyId = 'none', values }) => `${keyId}: ${values}`).join(', ')}`
}

function sum(counts: readonly { readonly values: number }[]): number {
  return counts.reduce((total, { values }) => total + values, 0)
}
