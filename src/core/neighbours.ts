/** What has changed in the store, so that whoever it concerns looks at once instead of with its next look. */
export interface Hint {
  /** Lines for which messages were queued. */
  readonly outbox: readonly number[]
  /** There are letters in the mailbox that nobody has read. */
  readonly hasLetters: boolean
}

/** The other processes of HUB_WORKERS. A hint may get lost: all that it says stands in the store, too. */
export interface Neighbours {
  tell(hint: Hint): void
  onTold(listener: (hint: Hint) => void): void
}
