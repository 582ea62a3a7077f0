/** What changes to a line's connection mean for its health. */
export interface LineHealth {
  /** Of a line that has just been connected. */
  nextCheck(): { readonly dueAt: number; readonly base: string }
  /** Looks at the lines anew, now that something about them has changed. Never rejects. */
  refresh(lineIds: Iterable<number>): Promise<void>
  /** The channel has refused the credentials of a connected line; `words` are its own. Never rejects. */
  refused(lineId: number, words: string, secrets: readonly string[]): Promise<void>
}
