import { destination } from 'pino'
import type { SettingField } from '../core/settings.ts'
import { createRootLog } from './index.ts'

/** A connector or a dialect, as far as the log needs to know it. */
export interface WithFields {
  readonly fields: readonly SettingField[]
}

/** The log of a hub process: JSON lines on stdout, secret fields of all connectors and dialects redacted. */
export function createProcessLog(
  level: string,
  descriptors: readonly WithFields[],
): ReturnType<typeof createRootLog> {
  return createRootLog(level, secretFieldsOf(descriptors), destination({ fd: 1, sync: true }))
}

export function secretFieldsOf(descriptors: readonly WithFields[]): string[] {
  return descriptors.flatMap(({ fields }) =>
    fields.filter(({ secret }) => secret).map(({ key }) => key),
  )
}
