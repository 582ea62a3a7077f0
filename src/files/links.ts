import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { given } from '../core/given.ts'
import { isRecord } from '../core/json.ts'

/** How long a link of the hub opens its file (PROTOCOL §7, "Files"). */
export const LINK_LIFE_MS = 24 * 3600 * 1000
/** The end of links that are to stay the same: the year 9999. What they open ends with the line's settings. */
const LASTING_UNTIL = 253_402_300_799_000

/** What a link stands for; `ref` is the connector's own word for the file. */
export interface LinkedFile {
  readonly lineId: number
  readonly ref: string
  readonly name?: string
  readonly mime?: string
  readonly expiresAt: number
}

/** Names the key of links among those that are derived from the hub's. */
const LINKS = 'openlines-hub file links'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Links to files that need a channel's credentials. All a link says is encrypted in it (AES-256-GCM under a key derived
 * from the hub's): nothing is stored, and nobody can read or change what it points to.
 */
export class FileLinks {
  readonly #key: Buffer
  readonly #nonceKey: Buffer
  readonly #clock: Clock
  readonly #publicUrl: string
  /** Those that open links: the one that makes them first. */
  readonly #keys: readonly Buffer[]

  /** Links that were made under `previousKey` open too: some have no end. */
  constructor(secretKey: Buffer, clock: Clock, publicUrl: string, previousKey?: Buffer) {
    this.#key = deriveKey(secretKey, LINKS)
    this.#keys = previousKey ? [this.#key, deriveKey(previousKey, LINKS)] : [this.#key]
    this.#nonceKey = deriveKey(secretKey, 'openlines-hub file link nonces')
    this.#clock = clock
    this.#publicUrl = publicUrl
  }

  /** The same link for the same file and end: a lasting one (a person's picture) never changes. */
  make(file: Omit<LinkedFile, 'expiresAt'> & { readonly isLasting?: true }): {
    url: string
    expiresAt: number
  } {
    const expiresAt = file.isLasting ? LASTING_UNTIL : this.#clock.now() + LINK_LIFE_MS
    const text = JSON.stringify([file.lineId, file.ref, expiresAt, file.name, file.mime])
    // Derived from what is encrypted, so that a nonce never serves for two texts.
    const nonce = createHmac('sha256', this.#nonceKey)
      .update(text)
      .digest()
      .subarray(0, NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
    return { url: `${this.#publicUrl}/files/${sealed.toString('base64url')}`, expiresAt }
  }

  /** Undefined for anything that isn't a link of ours. Whether it has expired is for the caller to see. */
  read(opaque: string): LinkedFile | undefined {
    const sealed = Buffer.from(opaque, 'base64url')
    if (sealed.length <= NONCE_BYTES + TAG_BYTES) return undefined
    for (const key of this.#keys) {
      const file = open(sealed, key)
      if (file) return file
    }
    return undefined
  }
}

function open(sealed: Buffer, key: Buffer): LinkedFile | undefined {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8')
    return toFile(JSON.parse(text + decipher.final('utf8')))
  } catch {
    return undefined
  }
}

function deriveKey(secretKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', purpose, 32))
}

function toFile(parts: unknown): LinkedFile | undefined {
  if (!Array.isArray(parts) || isRecord(parts)) return undefined
  const [lineId, ref, expiresAt, name, mime] = parts as [number, string, number, string?, string?]
  return { lineId, ref, expiresAt, ...given({ name, mime }) }
}
