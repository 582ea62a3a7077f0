/** An event as it goes into the inbox. */
export interface NewEvent {
  readonly type: string
  /** JSON object without `id`. */
  readonly payload: string
}
