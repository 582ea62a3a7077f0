import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose'

/** A key pair of the fake service as its JWKS shows it. */
export interface FakeKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
  /** Undefined: the key comes without an `endorsements` array. */
  endorsements: string[] | undefined
}

const ENDORSED = [
  'msteams',
  'skype',
  'slack',
  'telegram',
  'facebook',
  'line',
  'groupme',
  'email',
  'sms',
  'webchat',
  'directline',
]

export async function makeKey(kid: string): Promise<FakeKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { kid, privateKey, jwk: { ...jwk, kid, use: 'sig' }, endorsements: [...ENDORSED] }
}

export interface TokenOptions {
  /** Laid over the genuine claims; a claim set to undefined is left out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly key?: FakeKey
  readonly alg?: 'RS256' | 'RS384' | 'RS512' | 'HS256' | 'none'
  /** Another `kid` in the header than the key's. */
  readonly kid?: string
}

/** A token as the service signs it, or a forged one. */
export async function signToken(
  genuine: Readonly<Record<string, unknown>>,
  key: FakeKey,
  options: TokenOptions,
): Promise<string> {
  const all = { ...genuine, ...options.claims }
  const claims = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  const alg = options.alg ?? 'RS256'
  if (alg === 'none') return new UnsecuredJWT(claims).encode()
  // The classic forgery: the public key, which everybody has, taken as a shared secret.
  const secret = alg === 'HS256' ? new TextEncoder().encode(JSON.stringify(key.jwk)) : undefined
  const signingKey = secret ?? key.privateKey
  const isOther = alg === 'RS384' || alg === 'RS512'
  return new SignJWT(claims)
    .setProtectedHeader({ alg, kid: options.kid ?? key.kid, typ: 'JWT' })
    .sign(isOther ? await rehash(key.privateKey, alg) : signingKey)
}

/** A WebCrypto RSA key is bound to one hash; the pair itself serves them all. */
async function rehash(key: CryptoKey, alg: string): Promise<CryptoKey> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key)
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: `SHA-${alg.slice(2)}` }
  return crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
}
