/** Where each secret is kept. The names are bound to what is sealed there: one that changes makes it unreadable. */
export const secretPlaces = {
  /** A portal's secret and its previous one, which moves from one column to the other. */
  portal: (id: string) => `portal:${id}:secret`,
  portalSetting: (id: string, key: string) => `portal:${id}:setting:${key}`,
  portalMemory: (id: string, name: string) => `portal:${id}:memory:${name}`,
  lineSetting: (lineId: number, key: string) => `line:${lineId}:${key}`,
  webhook: (hash: string) => `line:${hash}:webhook`,
} as const
