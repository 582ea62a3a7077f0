/** The largest file that a person's page may upload. */
export const MAX_UPLOAD_BYTES = 10 * 1024 * 1024

export interface NewUpload {
  readonly lineId: number
  readonly chatId: string
  readonly bytes: Uint8Array
}

/** `many`: the person has uploaded enough for a day; `full`: the line, or the hub, keeps as much as it may. */
export type UploadOutcome =
  | { readonly kind: 'kept'; readonly id: string }
  | { readonly kind: 'many' | 'full' }

export interface KeptUpload {
  readonly size: number
  readonly content: AsyncIterable<Uint8Array>
}

/** Files of people who have no channel that keeps them: in the store for a day, for the portal to fetch by the hub's link. */
export interface Uploads {
  /** Throws StoreUnavailableError. */
  keep(upload: NewUpload): Promise<UploadOutcome>
  /** Undefined when it has had its day. Throws StoreUnavailableError. */
  open(lineId: number, id: string): Promise<KeptUpload | undefined>
}
