import type { DialectMemory, Remembered } from '../../src/core/dialect-memory.ts'

/** What the store keeps for dialects, for tests of a speaker alone. */
export function createDialectMemory(): DialectMemory {
  const portals = new Map<string, Remembered>()
  const lines = new Map<string, string>()
  const keyOf = (owner: string | number, name: string): string => JSON.stringify([owner, name])
  return {
    portals: {
      read: async (portalId, name) => portals.get(keyOf(portalId, name)),
      async write(portalId, changes) {
        const versionOf = (name: string): number => portals.get(keyOf(portalId, name))?.version ?? 0
        const isAsExpected = changes.every(
          ({ name, expected = versionOf(name) }) => expected === versionOf(name),
        )
        if (!isAsExpected) return false
        for (const { name, value } of changes) {
          if (value === undefined) portals.delete(keyOf(portalId, name))
          else portals.set(keyOf(portalId, name), { value, version: versionOf(name) + 1 })
        }
        return true
      },
    },
    lines: {
      async read(lineId, names) {
        return new Map(
          names.flatMap((name) => {
            const value = lines.get(keyOf(lineId, name))
            return value === undefined ? [] : [[name, value] as const]
          }),
        )
      },
      async write(lineId, entries) {
        for (const { name, value } of entries) lines.set(keyOf(lineId, name), value)
      },
    },
  }
}
