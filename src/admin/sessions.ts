import { hash, randomBytes } from 'node:crypto'
import type { AdminToken } from '../core/admin-token.ts'
import type { Clock } from '../core/clock.ts'
import { given } from '../core/given.ts'
import type { Language } from '../core/language.ts'
import {
  addSession,
  type ConsoleGrant,
  endSession,
  findOpenSessions,
  findSession,
  type SessionOwner,
} from '../db/console/sessions.ts'
import type { Store } from '../db/engine/store.ts'
import type { Scope } from './scope.ts'

export interface SessionsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly adminToken: AdminToken
}

/** A session of the console, found by the secret in its cookie. */
export interface ConsoleSession {
  /** What it is stored under. */
  readonly hash: string
  readonly scope: Scope
  readonly language?: Language
  /** Where the console begins, where its link has said so. */
  readonly start?: { readonly connector?: string; readonly line?: string }
  /** Origins that may show it in a frame. */
  readonly embedIn: readonly string[]
  /** Epoch ms. */
  readonly expiresAt: number
}

/** A session that was just opened: `secret` goes into the cookie and nowhere else. */
export interface OpenedSession {
  readonly secret: string
  readonly expiresAt: number
}

const HOUR_MS = 3_600_000
const OPERATOR_LIFE_MS = 12 * HOUR_MS
const PORTAL_LIFE_MS = 4 * HOUR_MS
/** Of 32 random bytes. */
const SECRET = /^[\w-]{43}$/

/**
 * Sessions of the console. They are kept in the store by the hash of their secret, so that one that ends, ends in all
 * processes. All of it throws StoreUnavailableError.
 */
export class ConsoleSessions {
  readonly #deps: SessionsDeps

  constructor(deps: SessionsDeps) {
    this.#deps = deps
  }

  async openOperator(): Promise<OpenedSession> {
    const tokenHash = this.#tokenHash()
    return await this.#open({ kind: 'operator', tokenHash }, OPERATOR_LIFE_MS)
  }

  async openPortal(grant: ConsoleGrant): Promise<OpenedSession> {
    return await this.#open({ kind: 'portal', ...grant }, PORTAL_LIFE_MS)
  }

  /** Undefined for what is no session, or none any more. */
  async find(secret: string): Promise<ConsoleSession | undefined> {
    if (!SECRET.test(secret)) return undefined
    const key = hashOf(secret)
    const found = await findSession(this.#deps.store, key, this.#deps.clock.now())
    if (!found) return undefined
    const { owner, expiresAt, portalName = '' } = found
    if (owner.kind === 'operator') {
      // Whoever had the former token is out with it.
      if (owner.tokenHash !== this.#tokenHash()) return undefined
      return { hash: key, scope: { kind: 'operator' }, embedIn: [], expiresAt }
    }
    const { connector, line, language, embedIn = [] } = owner
    return {
      ...{ hash: key, embedIn, expiresAt },
      scope: scopeOf(owner, portalName),
      ...given({ language, start: connector !== undefined && given({ connector, line }) }),
    }
  }

  async end({ hash: key }: ConsoleSession): Promise<void> {
    await endSession(this.#deps.store, key)
  }

  /** Which of these sessions are still open, by what they are stored under. */
  async stillOpen(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    const { store, clock } = this.#deps
    return await findOpenSessions(store, hashes, { now: clock.now(), tokenHash: this.#tokenHash() })
  }

  async #open(owner: SessionOwner, lifeMs: number): Promise<OpenedSession> {
    const secret = makeSecret()
    const expiresAt = this.#deps.clock.now() + lifeMs
    await addSession(this.#deps.store, hashOf(secret), owner, expiresAt)
    return { secret, expiresAt }
  }

  #tokenHash(): string {
    return hashOf(this.#deps.adminToken.value ?? '')
  }
}

function scopeOf({ portalId, connector, line }: ConsoleGrant, portalName: string): Scope {
  if (connector === undefined || line === undefined) return { kind: 'portal', portalId, portalName }
  return { kind: 'line', portalId, portalName, connector, line }
}

/** Of a session or a link. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored in its place: it is random, so that nobody finds it by trying. */
export function hashOf(secret: string): string {
  return hash('sha256', secret, 'base64url')
}
