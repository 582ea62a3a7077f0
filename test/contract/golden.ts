import { readdirSync, readFileSync } from 'node:fs'
import { connectors } from '#connectors'
import { systemClock } from '../../src/core/clock.ts'
import type { ConnectorContext, ParsedUpdate } from '../../src/core/connector.ts'
import { parseJson } from '../../src/core/json.ts'
import { readSettings } from '../../src/core/settings.ts'
import { NO_FILES } from '../helpers/no-files.ts'
import { NOTHING_KEPT } from '../helpers/nothing-kept.ts'
import { kits } from './kits.ts'

const FIXTURES = new URL('../fixtures/', import.meta.url)

/** A golden update, with the connector that it is for. */
export interface GoldenUpdate {
  readonly connector: string
  /** The real connector: allow-lists go by it. */
  readonly real: string
  readonly name: string
  readonly update: unknown
  parse(update: unknown): ParsedUpdate
}

const ignore = (): void => undefined

/** Parsing is pure. */
const NOWHERE: ConnectorContext = {
  http: { request: () => Promise.reject(new Error('no network here')) },
  files: NO_FILES,
  ...NOTHING_KEPT,
  clock: systemClock,
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
}

/** Every golden update of every real connector. */
export function readGoldenUpdates(): GoldenUpdate[] {
  const reals = connectors.filter(({ parent }) => parent === undefined)
  return reals.flatMap(({ id: real }) =>
    readdirSync(new URL(`${real}/`, FIXTURES))
      .sort()
      .map((name) => readGolden(real, name)),
  )
}

function readGolden(real: string, name: string): GoldenUpdate {
  const text = readFileSync(new URL(`${real}/${name}`, FIXTURES), 'utf8')
  const { connector = real, update } = parseJson(text) as { connector?: string; update: unknown }
  const descriptor = connectors.find(({ id }) => id === connector)
  const kit = kits[connector] ?? kits[real]
  if (!descriptor || !kit) throw new Error(`${name} is for no connector`)
  const { settings, receivedAt } = kit.fixtures
  const line = {
    id: 1,
    connector,
    settings: descriptor.parseSettings(readSettings(descriptor.fields, settings)),
    webhookSecret: 'webhook-secret-of-the-contract-0',
    webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
  }
  const made = descriptor.create(NOWHERE)
  return {
    connector,
    real,
    name,
    update,
    parse: (changed) => made.parse(changed, line, receivedAt),
  }
}

export type Path = readonly (string | number)[]

/** Every place in a JSON value, leaves and what holds them, the value itself left out. */
export function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return []
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((entry, index) => [index, entry])
    : Object.entries(value)
  return entries.flatMap(([key, entry]) => {
    const here = [...path, key]
    return [here, ...pathsIn(entry, here)]
  })
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown>)[key],
    value,
  )
}

/** Without the numbers of list entries: `message.photo.file_id`. */
export function nameOf(path: Path): string {
  return path.filter((key) => typeof key === 'string').join('.')
}
