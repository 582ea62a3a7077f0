/**
 * What a dialect has to keep by itself: tokens that a portal hands out, its ids of what the hub has made there. Kept in the
 * store, beside what an administrator has entered. Throws StoreUnavailableError.
 */
export interface DialectMemory {
  readonly portals: PortalMemory
  readonly lines: LineMemory
}

export interface Remembered {
  readonly value: string
  /** Grows by one with each change; starts at 1. */
  readonly version: number
}

export interface MemoryChange {
  /** At most 64 characters. */
  readonly name: string
  /** Absent: it is forgotten. */
  readonly value?: string
  /** The version that it must have; 0: it must not be there. Absent: whatever it is. */
  readonly expected?: number
}

/** A few entries for each portal, sealed at rest: they may be secrets. Read from the store each time. */
export interface PortalMemory {
  read(portalId: string, name: string): Promise<Remembered | undefined>
  /**
   * All changes or none, in one transaction. False: one isn't of the version that was expected, or there is no such portal;
   * then nothing has changed. This is how processes agree on who does something that may be done once only.
   */
  write(portalId: string, changes: readonly MemoryChange[]): Promise<boolean>
}

/** Many entries for each line, in plain text: no secrets. They go when the line is removed. */
export interface LineMemory {
  /** Those of the names that are known; names may be of any length. */
  read(lineId: number, names: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** What isn't `isLasting` is forgotten after 30 days without a change. */
  write(
    lineId: number,
    entries: readonly {
      readonly name: string
      readonly value: string
      readonly isLasting?: true
    }[],
  ): Promise<void>
}
