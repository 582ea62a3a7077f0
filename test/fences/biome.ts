import { dirname, relative } from 'node:path/posix'
import { ROOMS, type Room } from './rooms.ts'

interface Override {
  readonly includes: readonly string[]
  readonly linter: { readonly rules: { readonly style: { readonly noRestrictedImports: object } } }
}

/** Folders within a room that may lie in one another: Biome's patterns are written per depth. */
export const DEPTH = 3

/** The names by which rooms are imported where the way would be long (`imports` of package.json). */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  config: ['#config', '#config/*'],
  connectors: ['#connectors'],
  'connectors/kit': ['#kit/*'],
  'connectors/meta': ['#meta/*'],
  core: ['#core/*'],
  text: ['#text/*'],
}

/** What biome.json extends. Made, not written: `npm run fences`. */
export const FENCES = new URL('../../biome.fences.json', import.meta.url)

export function toFences(): string {
  return `${JSON.stringify({ overrides: toOverrides() })}\n`
}

/** The fences as Biome takes them: for each room, and each depth of folders in it, what its files must not import. */
function toOverrides(): Override[] {
  return [...ROOMS].flatMap(([name, room]) =>
    Array.from({ length: DEPTH + 1 }, (_, depth) => toOverride(name, room, depth)),
  )
}

function toOverride(name: string, room: Room, depth: number): Override {
  const allowed = room.may.map((other) => pathOf(other))
  const up = '../'.repeat(depth + 1)
  const folder = `${room.path}${'/x'.repeat(depth)}`
  const group = [
    `${up}**`,
    './../**',
    ...allowed
      // Connectors name what lies outside of their folder by its alias.
      .filter(() => dirname(room.path) !== 'connectors')
      .map((path) => `!${relative(folder, path)}/**`),
    ...(room.files ?? []).map((file) => `!${relative(folder, file)}`),
    ...(room.not ?? []).map((file) => toward(folder, file)),
    ...closedAliases(name, room),
    ...(room.without ?? []),
  ]
  return {
    includes: [`${room.path}/${'*/'.repeat(depth)}*`],
    linter: {
      rules: {
        style: {
          noRestrictedImports: {
            level: 'error',
            options: { patterns: [{ group, message: room.because }] },
          },
        },
      },
    },
  }
}

/** The way as an import writes it, that within the folder itself too. */
function toward(folder: string, file: string): string {
  const way = relative(folder, file)
  return way.startsWith('..') ? way : `./${way}`
}

function closedAliases(name: string, { may }: Room): string[] {
  return Object.entries(ALIASES).flatMap(([room, aliases]) =>
    room === name || may.includes(room) ? [] : aliases,
  )
}

function pathOf(name: string): string {
  const room = ROOMS.get(name)
  if (!room) throw new Error(`there is no room ${name}`)
  return room.path
}
