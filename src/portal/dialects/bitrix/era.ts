/** The two makes of the portal's module. Where between 18 and 26 they part is unknown: it counts from 20 on as the new one. */
export type Era = '2019' | '2026'

/** By what a command says of its sender: only the new module has a region. */
export function eraOf({
  version,
  region,
}: {
  readonly version: string
  readonly region?: string
}): Era {
  if (region !== undefined) return '2026'
  const major = /^(\d{1,4})(?:\.|$)/.exec(version)?.[1]
  return major !== undefined && Number(major) < 20 ? '2019' : '2026'
}

/** The portal's memory under this name: what `eraOf` made of its last command. */
export const ERA_NAME = 'version'

/** What was kept, or entered by hand; also a version as the module writes it. */
export function readEra(kept: string | undefined): Era | undefined {
  if (kept === '2019' || kept === '2026') return kept
  return kept && /^\d/.test(kept) ? eraOf({ version: kept }) : undefined
}
