import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { SettingsError } from '../../core/errors.ts'
import { readSettings, type SettingValues } from '../../core/settings.ts'
import type { LineRecord } from '../../db/lines/lines.ts'
import { statusObject } from '../../lines/status-object.ts'
import type { RegistryEntry } from '../../registry/registry.ts'
import { addressOf, findConnector, lineParams, portalMethod } from './method.ts'

const schema = z.strictObject({ ...lineParams, settings: z.record(z.string(), z.unknown()) })

/** Checks and stores a line's settings, making the line if need be. Never calls the channel. */
export const saveSettings = portalMethod('saveSettings', schema, async (params, call) => {
  const entry = findConnector(call, params.connector)
  const address = addressOf(call.portal, params)
  const existing = await call.lines.find(address)
  const values = check(entry, params.settings, existing)
  await call.lines.save(
    {
      address,
      values,
      secretKeys: new Set(
        entry.descriptor.fields.filter(({ secret }) => secret).map(({ key }) => key),
      ),
      hash: randomBytes(16).toString('hex'),
      webhookSecret: randomBytes(24).toString('base64url'),
      isUntested: !existing || needsTest(existing, values, entry),
    },
    call.clock.now(),
  )
  const saved = await call.lines.find(address)
  if (!saved) throw new Error('a line that was just saved is gone')
  return await statusObject(call, saved)
})

function check(
  { descriptor }: RegistryEntry,
  raw: unknown,
  existing: LineRecord | undefined,
): SettingValues {
  const values = readSettings(descriptor.fields, raw, existing?.settings)
  const faults = descriptor.checkSettings?.(values) ?? []
  if (faults.length > 0) throw new SettingsError(faults)
  return values
}

/** Most changes may point the line at another account or another server: only what was tested stays connected. */
function needsTest(
  existing: LineRecord,
  values: SettingValues,
  { descriptor }: RegistryEntry,
): boolean {
  const isTested = existing.status === 'connected' || existing.status === 'failing'
  const isChanged = descriptor.fields.some(
    ({ key, isCosmetic }) => !isCosmetic && existing.settings[key] !== values[key],
  )
  return !isTested || isChanged
}
