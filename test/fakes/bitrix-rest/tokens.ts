import { randomBytes } from 'node:crypto'

export interface TokenPair {
  readonly access: string
  readonly refresh: string
}

const LIFE_MS = 3600_000

/** The OAuth server of one portal and one application: each refresh token is good once. */
export class FakeTokens {
  readonly clientId: string
  readonly clientSecret: string
  readonly now: () => number
  /** Refreshes that were granted. */
  granted = 0
  /** Requests with credentials that don't hold. */
  refused = 0
  /** Every token there ever was. */
  readonly all: string[] = []
  readonly #access = new Map<string, { readonly expiresAt: number; readonly isAdmin: boolean }>()
  readonly #refresh = new Set<string>()

  constructor(clientId: string, clientSecret: string, now: () => number) {
    this.clientId = clientId
    this.clientSecret = clientSecret
    this.now = now
  }

  issue({ isAdmin = true, lifeMs = LIFE_MS } = {}): TokenPair {
    const pair = { access: token('access'), refresh: token('refresh') }
    this.#access.set(pair.access, { expiresAt: this.now() + lifeMs, isAdmin })
    this.#refresh.add(pair.refresh)
    this.all.push(pair.access, pair.refresh)
    return pair
  }

  /** All access tokens are over, as after an hour. */
  expireAll(): void {
    for (const [access, { isAdmin }] of this.#access) {
      this.#access.set(access, { expiresAt: this.now() - 1, isAdmin })
    }
  }

  /** No refresh token is good any more. */
  revokeAll(): void {
    this.expireAll()
    this.#refresh.clear()
  }

  check(access: unknown): 'good' | 'expired_token' | 'invalid_token' {
    const known = this.#access.get(String(access))
    if (!known) return 'invalid_token'
    return known.expiresAt > this.now() ? 'good' : 'expired_token'
  }

  isAdmin(access: unknown): boolean {
    return this.#access.get(String(access))?.isAdmin ?? false
  }

  /** Undefined: granted, with the new pair. */
  refresh(query: URLSearchParams): { readonly error: string } | TokenPair {
    const isClient =
      query.get('client_id') === this.clientId && query.get('client_secret') === this.clientSecret
    if (!isClient) return this.#refuse('invalid_client')
    const old = query.get('refresh_token') ?? ''
    if (!this.#refresh.delete(old)) return this.#refuse('invalid_grant')
    this.granted++
    return this.issue()
  }

  #refuse(error: string): { readonly error: string } {
    this.refused++
    return { error }
  }
}

function token(kind: string): string {
  return `PLANTED-${kind}-${randomBytes(16).toString('hex')}`
}
