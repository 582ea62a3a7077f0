/**
 * The right of this process to its lines. The token goes into every claim and every settle; the lease is alive as long as
 * the process renews its row in time.
 */
export interface Lease {
  /** The token in force. It changes when the process has been declared dead. */
  readonly token: string
  /** False from the moment the last renewal has run out: deliver nothing until it is true again. */
  isAlive(): boolean
  /** Calls `listener` when `isAlive` turns false. */
  onSuspended(listener: () => void): void
  /** Calls `listener` when everything held under the old token is lost. */
  onLost(listener: () => void): void
}
