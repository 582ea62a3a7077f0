import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { systemClock } from '../core/clock.ts'
import { findSecretKey } from '../db/engine/key-file.ts'
import { pendingMigrations } from '../db/engine/migrator.ts'
import { createSecretBox } from '../db/engine/secret-box.ts'
import { SealedValues } from '../db/lines/sealed-values.ts'
import { KeyOperations } from '../lines/key-operations.ts'
import { describeStore, explain } from './context.ts'
import type { Check, Finding, Patient } from './doctor-check.ts'
import { describeHealth, lookAtProcesses, lookAtPublicUrl } from './doctor-store.ts'
import { listUnwell } from './health-words.ts'
import { warningsOfConfig } from './warnings.ts'

/** In the order in which they are looked at. */
export const CHECKS: readonly Check[] = [
  { name: 'configuration', needs: [], look: lookAtConfig },
  { name: 'store', needs: ['configuration'], look: lookAtStore },
  { name: 'migrations', needs: ['store'], look: lookAtMigrations },
  { name: 'keys', needs: ['migrations'], look: lookAtKeys },
  { name: 'processes', needs: ['migrations'], look: inMigrated(lookAtProcesses) },
  { name: 'public address', needs: ['migrations'], look: inMigrated(lookAtPublicUrl) },
  { name: 'alerts', needs: ['configuration'], look: lookAtAlerts },
  { name: 'lines', needs: ['migrations'], look: inMigrated(lookAtLines) },
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

async function lookAtConfig({ config }: Patient): Promise<Finding> {
  const warnings = await warningsOfConfig(config)
  if (warnings.length === 0) return { state: 'ok', message: 'can be read' }
  return { state: 'warn', message: warnings.join('; ') }
}

/** Its host alone: paths of such addresses are often secret. */
function lookAtAlerts({ config: { alerts } }: Patient): Finding {
  if (!alerts) return { state: 'ok', message: 'off: HUB_ALERT_URL is not set' }
  const { host } = new URL(alerts.url)
  return { state: 'ok', message: `go to ${host}; 'hub alert test' sends one` }
}

async function lookAtStore(patient: Patient): Promise<Finding> {
  const { database } = patient.config
  const where = describeStore(database)
  // To open it would make it.
  if (database.kind === 'sqlite' && !existsSync(database.file)) {
    return { state: 'skipped', message: `${where} isn't there yet: a start makes it` }
  }
  await patient.store.ping()
  return await describeHealth(patient)
}

/** Of what is in the hub's tables nothing can be said before they are there as this version knows them. */
function inMigrated(look: (patient: Patient) => Promise<Finding>): Check['look'] {
  return async (patient) => {
    if ((await pendingMigrations(patient.store)).length > 0) return NOT_MIGRATED
    return await look(patient)
  }
}

const NOT_MIGRATED: Finding = {
  state: 'skipped',
  message: 'first bring the store up to date: hub migrate',
}

async function lookAtMigrations({ store }: Patient): Promise<Finding> {
  const pending = await pendingMigrations(store)
  if (pending.length === 0) return { state: 'ok', message: 'the store is up to date' }
  return { state: 'warn', message: `a start will apply ${pending.join(', ')}` }
}

export async function lookAtKeys({ config, store }: Patient): Promise<Finding> {
  if ((await pendingMigrations(store)).length > 0) return NOT_MIGRATED
  // Without a key everything that is stored is under an unknown one.
  const key = findSecretKey(config.database, config.secretKey) ?? randomBytes(32)
  const box = createSecretBox(key, config.previousSecretKey)
  const how = { clock: systemClock, isGiven: config.secretKey !== undefined }
  const operations = new KeyOperations(new SealedValues(store, box), box.keys, how)
  const keys = await operations.usage()
  const missing = await operations.findFault()
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
