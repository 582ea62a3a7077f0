import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { KeptUpload, NewUpload, UploadOutcome, Uploads } from '../core/uploads.ts'
import type { Store } from '../db/engine/store.ts'
import { addUpload, readPiece, sizeOfPieces } from '../db/mailbox/uploads.ts'

/** For as long as a link to a file opens it. */
export const UPLOAD_LIFE_MS = 24 * 3600 * 1000
const PER_CHAT = 20
const LINE_BYTES = 200 * 1024 * 1024
const HUB_BYTES = 2 * 1024 * 1024 * 1024

/** Uploads in the store, whose bounds are those of the contract. */
export class KeptUploads implements Uploads {
  readonly #store: Store
  readonly #clock: Clock

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async keep(upload: NewUpload): Promise<UploadOutcome> {
    const now = this.#clock.now()
    const id = randomBytes(16).toString('hex')
    const kind = await addUpload(
      this.#store,
      upload,
      { id, now },
      {
        since: now - UPLOAD_LIFE_MS,
        perChat: PER_CHAT,
        lineBytes: LINE_BYTES,
        hubBytes: HUB_BYTES,
      },
    )
    return kind === 'kept' ? { kind, id } : { kind }
  }

  async open(lineId: number, id: string): Promise<KeptUpload | undefined> {
    const size = await sizeOfPieces(this.#store, lineId, id)
    return size === 0 ? undefined : { size, content: this.#read(lineId, id) }
  }

  async *#read(lineId: number, id: string): AsyncGenerator<Uint8Array> {
    for (let part = 0; ; part++) {
      const piece = await readPiece(this.#store, lineId, id, part)
      if (!piece) return
      yield piece
    }
  }
}
