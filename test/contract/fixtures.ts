import { readdirSync, readFileSync } from 'node:fs'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import { parseJson } from '../../src/core/json.ts'

export const FIXTURES = new URL('../fixtures/', import.meta.url)

/** An update as the channel posts it, and the events that it must give. */
export interface Fixture {
  readonly name: string
  /** The connector that it is about. */
  readonly connector: string
  readonly update: unknown
  readonly events: readonly { readonly type: string; readonly status?: string }[]
}

/** Of this connector and of those that share its folder. */
export function readFixtures({ id, parent }: ConnectorDescriptor): Fixture[] {
  const real = parent ?? id
  const folder = new URL(`${real}/`, FIXTURES)
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const read = parseJson(readFileSync(new URL(name, folder), 'utf8')) as Omit<Fixture, 'name'>
      return { ...read, name, connector: read.connector ?? real }
    })
}
