import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Config } from '#config'
import { systemClock } from '../core/clock.ts'
import { findSecretKey } from '../db/engine/key-file.ts'
import { pendingMigrations } from '../db/engine/migrator.ts'
import { createSecretBox } from '../db/engine/secret-box.ts'
import { Store } from '../db/engine/store.ts'
import { SealedValues } from '../db/lines/sealed-values.ts'
import { describeMissing, KeyOperations, type KeyUsage } from '../lines/key-operations.ts'
import { describeStore, explain, readConfig } from './context.ts'
import { listUnwell, type UnwellLine } from './health-words.ts'

/** `warn`: works, but somebody should look. `skipped`: can't be said before something else is mended. */
export type FindingState = 'ok' | 'warn' | 'broken' | 'skipped'

export interface Finding {
  readonly state: FindingState
  /** One line for the operator. */
  readonly message: string
  readonly keys?: readonly KeyUsage[]
  /** The worst of the lines. */
  readonly lines?: readonly UnwellLine[]
}

export interface Check {
  readonly name: string
  /** Not looked at while one of these is broken or skipped. */
  readonly needs: readonly string[]
  /** What it throws is broken. Changes nothing. */
  look(patient: Patient): Promise<Finding> | Finding
}

/** What is looked at. It is opened by whichever check comes first. */
export class Patient implements AsyncDisposable {
  #config: Config | undefined
  #store: Store | undefined

  get config(): Config {
    this.#config ??= readConfig()
    return this.#config
  }

  get store(): Store {
    this.#store ??= new Store(this.config.database)
    return this.#store
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close()
  }
}

/** In the order in which they are looked at. */
export const CHECKS: readonly Check[] = [
  { name: 'configuration', needs: [], look: lookAtConfig },
  { name: 'store', needs: ['configuration'], look: lookAtStore },
  { name: 'migrations', needs: ['store'], look: lookAtMigrations },
  { name: 'keys', needs: ['migrations'], look: lookAtKeys },
  { name: 'lines', needs: ['migrations'], look: lookAtLines },
]

/** All findings by name. */
export async function examine(
  patient: Patient,
  checks: readonly Check[] = CHECKS,
): Promise<(Finding & { readonly name: string })[]> {
  const findings: (Finding & { readonly name: string })[] = []
  for (const check of checks) {
    const missing = findings.find(
      ({ name, state }) =>
        check.needs.includes(name) && (state === 'broken' || state === 'skipped'),
    )
    const finding = missing
      ? ({ state: 'skipped', message: `first see to: ${missing.name}` } as const)
      : await lookSafely(check, patient)
    findings.push({ name: check.name, ...finding })
  }
  return findings
}

async function lookSafely(check: Check, patient: Patient): Promise<Finding> {
  try {
    return await check.look(patient)
  } catch (error) {
    return { state: 'broken', message: explain(error).line }
  }
}

function lookAtConfig({ config }: Patient): Finding {
  const { strangers } = config
  if (strangers.length === 0) return { state: 'ok', message: 'can be read' }
  const message = strangers.map(({ variable, problem }) => `${variable} ${problem}`).join('; ')
  return { state: 'warn', message }
}

async function lookAtStore(patient: Patient): Promise<Finding> {
  const { database } = patient.config
  const where = describeStore(database)
  // To open it would make it.
  if (database.kind === 'sqlite' && !existsSync(database.file)) {
    return { state: 'skipped', message: `${where} isn't there yet: a start makes it` }
  }
  await patient.store.ping()
  return { state: 'ok', message: `${where} answers` }
}

async function lookAtMigrations({ store }: Patient): Promise<Finding> {
  const pending = await pendingMigrations(store)
  if (pending.length === 0) return { state: 'ok', message: 'the store is up to date' }
  return { state: 'warn', message: `a start will apply ${pending.join(', ')}` }
}

async function lookAtKeys({ config, store }: Patient): Promise<Finding> {
  if ((await pendingMigrations(store)).length > 0) {
    return { state: 'skipped', message: 'first bring the store up to date: hub migrate' }
  }
  // Without a key everything that is stored is under an unknown one.
  const key = findSecretKey(config.database, config.secretKey) ?? randomBytes(32)
  const box = createSecretBox(key, config.previousSecretKey)
  const keys = await new KeyOperations(new SealedValues(store, box), box.keys, systemClock).usage()
  const missing = describeMissing(keys)
  if (missing !== undefined) return { state: 'broken', message: missing, keys }
  const previous = keys.find(({ role }) => role === 'previous')
  if (previous) {
    const message = `${previous.values} stored secrets are under HUB_SECRET_KEY_PREVIOUS: hub rekey`
    return { state: 'warn', message, keys }
  }
  const isDroppable = config.previousSecretKey !== undefined
  const message = `everything is under HUB_SECRET_KEY or the store's .key file${isDroppable ? ': HUB_SECRET_KEY_PREVIOUS may go' : ''}`
  return { state: 'ok', message, keys }
}

/** Lines that are named. */
const MAX_LINES = 20

async function lookAtLines({ store }: Patient): Promise<Finding> {
  if ((await pendingMigrations(store)).length > 0) {
    return { state: 'skipped', message: 'first bring the store up to date: hub migrate' }
  }
  const { broken, degraded, lines } = await listUnwell(store, MAX_LINES)
  const more = broken + degraded - lines.length
  if (lines.length === 0) return { state: 'ok', message: 'no connected line is known to be unwell' }
  const rest = more > 0 ? `, and ${more} more than are listed` : ''
  return {
    state: broken > 0 ? 'broken' : 'warn',
    message: `${broken} broken, ${degraded} degraded${rest}`,
    lines,
  }
}
