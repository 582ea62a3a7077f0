import type { z } from 'zod'
import type { DialectDescriptor } from '../core/dialect.ts'
import { ParamsError, SettingsError } from '../core/errors.ts'
import { PORTAL_DEFAULTS, type Portal } from '../core/portal.ts'
import { maskSettings } from '../core/settings.ts'
import type { portalShape } from '../core/shapes/admin.ts'
import type { Frozen } from '../core/shapes/basic.ts'

const MINUTE_MS = 60_000

/** A portal as the API shows it: secrets masked. */
export function shownPortal(
  portal: Portal,
  dialects: readonly DialectDescriptor[],
): Frozen<z.infer<typeof portalShape>> {
  const { id, name, url, dialect, format, language, settings, allowedTargets, switchedOff } = portal
  const { timeZone, dialogIdleMs, notificationRate } = { ...PORTAL_DEFAULTS, ...portal }
  // Of a make of portal that this version doesn't know, nothing may be shown.
  const fields = dialects.find((one) => one.id === dialect)?.fields ?? []
  return {
    ...{ id, name, url, dialect, format, language, timeZone, notificationRate },
    state: switchedOff ?? 'enabled',
    allow: allowedTargets ? allowedTargets.join(',') || 'none' : 'all',
    settings: maskSettings(fields, settings),
    dialogIdleMin: dialogIdleMs / MINUTE_MS,
  }
}

/** How the operations name what isn't a field of the dialect, and how a body does. */
const OWN_FIELDS: Readonly<Record<string, string>> = {
  ...{ name: 'name', url: 'url', dialect: 'dialect', allow: 'allow', timeZone: 'timeZone' },
  ...{ notificationRate: 'notificationRate', dialogIdle: 'dialogIdleMin' },
  ...{ text: 'format.text', emoji: 'format.emoji' },
}

/** Runs `work`, and throws ParamsError that names the fields of the body in place of its SettingsError. */
export async function withPortalFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    const faults = error.fields.map(({ field, problem }) => ({
      field: OWN_FIELDS[field] ?? `settings.${field}`,
      problem,
    }))
    throw new ParamsError(faults, { cause: error })
  }
}
