import { hash } from 'node:crypto'

/** What both sides know of a licence key. */
export interface Credentials {
  readonly licence: string
  readonly keyHash: string
}

export function credentialsOf(licenceKey: string): Credentials {
  return {
    licence: hash('md5', `BITRIX${licenceKey}LICENCE`),
    keyHash: hash('md5', licenceKey),
  }
}

/** By PHP's own words: `md5(md5(implode("|", $values)) . md5($key))`. */
export function hashOf(values: readonly string[], keyHash: string): string {
  return hash('md5', hash('md5', values.join('|')) + keyHash)
}
