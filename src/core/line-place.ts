import { PORTAL_DEFAULTS, type Portal, type TextFormat } from './portal.ts'

/** A line, and what its portal has chosen: what operations on a line's communications are told. */
export interface LinePlace {
  readonly lineId: number
  readonly portalId: string
  readonly connector: string
  /** A name of the IANA's. */
  readonly timeZone: string
  /** In which the portal writes. */
  readonly format: TextFormat
}

export function placeOf(
  line: { readonly id: number; readonly portalId: string; readonly connector: string },
  { timeZone = PORTAL_DEFAULTS.timeZone, format }: Pick<Portal, 'timeZone' | 'format'>,
): LinePlace {
  const { id: lineId, portalId, connector } = line
  return { lineId, portalId, connector, timeZone, format }
}
