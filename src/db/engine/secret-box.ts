import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { given } from '../../core/given.ts'

/**
 * Encrypts secrets at rest with AES-256-GCM. A sealed text is `v1.<key id>.<nonce>.<ciphertext + tag>` (base64url). `place`
 * names where it is kept and is bound to it: a sealed value moved to another row doesn't open.
 */
export interface SecretBox {
  readonly keys: KeyIds
  seal(plain: string, place: string): string
  /** Throws SecretBoxError if no key at hand opens it. */
  open(sealed: string, place: string): string
}

/** Names of keys, which tell nothing of them. */
export interface KeyIds {
  readonly current: string
  readonly previous?: string
}

/** How many characters of a sealed text tell its key: `v1.`, the key's id and a dot. */
export const SEAL_HEAD_LENGTH = 12

/** What a text that was sealed with this key begins with. */
export function sealHead(keyId: string): string {
  return `v1.${keyId}.`
}

/** The id of the key that a text was sealed with. Undefined if it isn't a sealed text at all. */
export function keyIdOf(sealed: string): string | undefined {
  return /^v1\.([0-9a-f]{8})\./.exec(sealed)?.[1]
}

export class SecretBoxError extends Error {
  override name = 'SecretBoxError'
  readonly code = 'HUB_SECRET_UNREADABLE'
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Seals with `current`; opens with it or with `previous` (while the key is being changed). Keys are 32 bytes. */
export function createSecretBox(current: Buffer, previous?: Buffer): SecretBox {
  const keys = new Map([current, ...(previous ? [previous] : [])].map((key) => [keyId(key), key]))
  const currentId = keyId(current)
  const previousId = previous && keyId(previous)
  return {
    keys: {
      current: currentId,
      ...given({ previous: previousId === currentId ? undefined : previousId }),
    },
    seal(plain, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', current, nonce)
      cipher.setAAD(Buffer.from(place))
      const body = Buffer.concat([
        cipher.update(plain, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ])
      return `${sealHead(currentId)}${nonce.toString('base64url')}.${body.toString('base64url')}`
    },
    open(sealed, place) {
      const [version, id = '', nonce = '', body = ''] = sealed.split('.')
      const key = keys.get(id)
      if (version !== 'v1' || !key) {
        throw new SecretBoxError(
          `a stored secret (${place}) was encrypted with another key than HUB_SECRET_KEY, HUB_SECRET_KEY_PREVIOUS or the store's .key file`,
        )
      }
      return decrypt(key, Buffer.from(nonce, 'base64url'), Buffer.from(body, 'base64url'), place)
    },
  }
}

function decrypt(key: Buffer, nonce: Buffer, body: Buffer, place: string): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(place))
    decipher.setAuthTag(body.subarray(-TAG_BYTES))
    return decipher.update(body.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch (cause) {
    throw new SecretBoxError(`a stored secret (${place}) is damaged`, { cause })
  }
}

/** The name of a key: the first characters of its digest. */
export function keyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8)
}
