const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** A length of time for people, in its two largest units: `3 min 12 s`. */
export function formatAge(ms: number): string {
  let rest = Math.max(0, ms)
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
    // A smaller unit after a gap would look exact and say nothing.
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.length > 0 ? parts.join(' ') : `${Math.floor(rest)} ms`
}
