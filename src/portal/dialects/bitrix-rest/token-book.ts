import { type Clock, sleep } from '../../../core/clock.ts'
import type { PortalMemory, Remembered } from '../../../core/dialect-memory.ts'
import { StoreUnavailableError } from '../../../core/errors.ts'
import { isRecord } from '../../../core/json.ts'
import type { Log } from '../../../core/log.ts'
import type { Portal } from '../../../core/portal.ts'
import type { PortalClient } from '../../exchange.ts'
import { refreshTokens } from './oauth.ts'
import { APPLICATION_TOKEN, REGISTERED, readTokens, TOKENS, type Tokens } from './tokens.ts'

export type Access =
  | { readonly kind: 'ready'; readonly tokens: Tokens }
  /** `isLasting`: until the application is installed anew. */
  | { readonly kind: 'none'; readonly reason: string; readonly isLasting: boolean }
  | { readonly kind: 'aborted' }

export interface TokenBookDeps {
  readonly client: PortalClient
  readonly clock: Clock
  readonly log: Log
  readonly memory: PortalMemory
  /** For one request to the OAuth server. */
  readonly timeoutMs: number
}

interface Claimed {
  readonly tokens: Tokens
  readonly version: number
}

/** Who is refreshing: one process at a time, by the version of this entry in the portal's memory. */
const CLAIM = 'refresh-claim'
/** Longer than a refresh takes; a process that has died in the middle holds the others up no longer. */
const CLAIM_MS = 30_000
/** Tokens are changed for new ones this long before they run out; of such as live for less than an hour it is a twelfth. */
const AHEAD_MS = 5 * 60_000
const AHEAD_PART = 12
const LOOK_AGAIN_MS = 200
/** So long another process's refresh is waited for. */
const MAX_WAIT_MS = 20_000

const NOT_INSTALLED =
  'the application is not installed in the portal yet: add it in the portal under Developer resources, with the install address of this hub'
const UNINSTALLED = 'the application was uninstalled in the portal: install it again'
const REFUSED =
  "the portal refuses to renew the application's tokens (invalid_grant): install the application again"

/**
 * The tokens of portals, for all processes of the hub. Refreshing uses the old tokens up, so one process does it for all: it
 * takes a claim, by the version of an entry in the portal's memory, and stores both new tokens in the transaction that gives
 * the claim back. If it dies before that, the claim runs out and the next one tries the old token; should the OAuth server
 * have taken that already, the portal says `invalid_grant` and has to be installed again.
 */
export class TokenBook {
  readonly #deps: TokenBookDeps
  /** Of this process: a thousand lines of a portal wait for one and the same. */
  readonly #underWay = new Map<string, Promise<Access>>()

  constructor(deps: TokenBookDeps) {
    this.#deps = deps
  }

  /** Tokens that are good for some minutes. `stale`: an access token that the portal has refused. Throws nothing. */
  async access(portal: Portal, signal: AbortSignal, stale?: string): Promise<Access> {
    try {
      const usable = this.#usable(await this.tokensOf(portal.id), stale)
      return usable ?? (await this.#refreshOnce(portal, signal, stale))
    } catch (error) {
      if (error instanceof StoreUnavailableError) {
        return { kind: 'none', reason: 'the store is not reachable', isLasting: false }
      }
      throw error
    }
  }

  /** Changes the tokens for new ones although they are good, so that the refresh token never runs out. */
  async renew(portal: Portal, signal: AbortSignal): Promise<Access> {
    const tokens = await this.tokensOf(portal.id)
    return tokens && !tokens.ended
      ? await this.#refreshOnce(portal, signal, tokens.access)
      : (problemOf(tokens) ?? none(NOT_INSTALLED))
  }

  /** As they are stored, good or not. Throws StoreUnavailableError. */
  async tokensOf(portalId: string): Promise<Tokens | undefined> {
    return readTokens((await this.#deps.memory.read(portalId, TOKENS))?.value)
  }

  /** New tokens, from an installation. Whoever is refreshing older ones finds them changed and lets go. */
  async put(portalId: string, tokens: Tokens): Promise<void> {
    await this.#deps.memory.write(portalId, [{ name: TOKENS, value: JSON.stringify(tokens) }])
  }

  /**
   * Has the OAuth server say whether tokens are our application's in this portal, which uses them up: gives the new ones.
   * Undefined: it doesn't. One application may be installed in many portals: tokens of another one's prove nothing.
   */
  async prove(portal: Portal, offered: Tokens, signal: AbortSignal): Promise<Tokens | undefined> {
    if (offered.refresh === '') return undefined
    const refreshed = await refreshTokens(this.#deps, portal, offered, signal)
    return refreshed.kind === 'fresh' && isOf(portal, refreshed.named)
      ? refreshed.tokens
      : undefined
  }

  /** The application was taken out of the portal: nothing of it is kept but that. */
  async drop(portalId: string): Promise<void> {
    const blank = { access: '', refresh: '', expiresAt: 0, endpoint: '', server: '' }
    const ended: Tokens = { ...blank, since: this.#now(), ended: 'uninstalled' }
    await this.#deps.memory.write(portalId, [
      { name: TOKENS, value: JSON.stringify(ended) },
      { name: APPLICATION_TOKEN },
      { name: REGISTERED },
      { name: CLAIM },
    ])
  }

  async #refreshOnce(portal: Portal, signal: AbortSignal, stale?: string): Promise<Access> {
    let running = this.#underWay.get(portal.id)
    if (!running) {
      // Not broken off with the one who happens to be first: others wait for it, and half a refresh loses the tokens.
      running = this.#refresh(portal, new AbortController().signal, stale).finally(() =>
        this.#underWay.delete(portal.id),
      )
      this.#underWay.set(portal.id, running)
    }
    return await orAborted(running, signal)
  }

  async #refresh(portal: Portal, signal: AbortSignal, stale?: string): Promise<Access> {
    const { memory, clock } = this.#deps
    const giveUpAt = clock.now() + MAX_WAIT_MS
    for (;;) {
      const known = await memory.read(portal.id, TOKENS)
      const access = this.#usable(readTokens(known?.value), stale)
      if (access) return access
      const version = known && (await this.#claim(portal.id, known))
      if (version) return await this.#exchange(portal, version, signal, stale)
      if (clock.now() >= giveUpAt) return late()
      await sleep(clock, LOOK_AGAIN_MS, signal)
    }
  }

  /** What can be said without asking anybody; undefined if the tokens have to be renewed. */
  #usable(tokens: Tokens | undefined, stale: string | undefined): Access | undefined {
    if (!tokens) return none(NOT_INSTALLED)
    const { access, expiresAt, since } = tokens
    const aheadMs = Math.min(AHEAD_MS, (expiresAt - since) / AHEAD_PART)
    const isFresh = access !== stale && expiresAt - this.#now() > aheadMs
    return problemOf(tokens) ?? (isFresh ? { kind: 'ready', tokens } : undefined)
  }

  /** Gives the tokens, with the version that they must have when new ones are stored; undefined: somebody else has the claim. */
  async #claim(portalId: string, known: Remembered): Promise<Claimed | undefined> {
    const { memory } = this.#deps
    const tokens = readTokens(known.value)
    const claim = await memory.read(portalId, CLAIM)
    if (!tokens || !isFree(claim, this.#now())) return undefined
    const value = JSON.stringify({ until: this.#now() + CLAIM_MS })
    // Tokens and claim are looked at together: whoever has refreshed since has changed the tokens.
    const isOurs = await memory.write(portalId, [
      { name: CLAIM, value, expected: claim?.version ?? 0 },
      { name: TOKENS, value: known.value, expected: known.version },
    ])
    return isOurs ? { tokens, version: known.version + 1 } : undefined
  }

  /** The claim is ours. */
  async #exchange(
    portal: Portal,
    { tokens: old, version }: Claimed,
    signal: AbortSignal,
    stale: string | undefined,
  ): Promise<Access> {
    const { memory, log } = this.#deps
    const refreshed = await refreshTokens(this.#deps, portal, old, signal)
    if (refreshed.kind === 'fresh' || refreshed.kind === 'refused') {
      const tokens: Tokens =
        refreshed.kind === 'fresh' ? refreshed.tokens : { ...old, ended: 'refused' }
      const value = JSON.stringify(tokens)
      const stored = await memory.write(portal.id, [
        { name: TOKENS, value, expected: version },
        { name: CLAIM },
      ])
      if (refreshed.kind === 'refused') {
        log.warn(
          { event: 'portal.tokens-refused', portalId: portal.id, code: refreshed.code },
          'a portal does not renew its tokens, its application has to be installed again',
        )
      }
      // Installed, or uninstalled, meanwhile: what was written then goes before this.
      const valid = stored ? tokens : await this.tokensOf(portal.id)
      return problemOf(valid) ?? (valid ? { kind: 'ready', tokens: valid } : none(NOT_INSTALLED))
    }
    await memory.write(portal.id, [{ name: CLAIM }])
    if (refreshed.kind === 'aborted') return { kind: 'aborted' }
    // Ahead of time there is no hurry: the old one still works.
    const isGood = old.access !== stale && old.expiresAt > this.#now()
    if (isGood) return { kind: 'ready', tokens: old }
    return { kind: 'none', reason: refreshed.error, isLasting: false }
  }

  #now(): number {
    return this.#deps.clock.now()
  }
}

/** By its name, which stays when a portal moves; before that is known, by the address that an administrator has entered. */
function isOf(
  { settings, url }: Portal,
  { memberId, endpoint }: { readonly memberId?: string; readonly endpoint?: string },
): boolean {
  const known = settings['memberId']
  if (known !== undefined && memberId !== undefined) return memberId === known
  return endpoint === undefined || new URL(endpoint).host === new URL(url).host
}

function problemOf(tokens: Tokens | undefined): Access | undefined {
  if (tokens?.ended === 'uninstalled') return none(UNINSTALLED)
  if (tokens?.ended === 'refused') return none(REFUSED)
  return undefined
}

function none(reason: string): Access {
  return { kind: 'none', reason, isLasting: true }
}

function late(): Access {
  const reason = 'another process of the hub is renewing the tokens and has not ended yet'
  return { kind: 'none', reason, isLasting: false }
}

function isFree(claim: Remembered | undefined, now: number): boolean {
  if (!claim) return true
  try {
    const value: unknown = JSON.parse(claim.value)
    return !isRecord(value) || !(Number(value['until']) > now)
  } catch {
    return true
  }
}

async function orAborted(running: Promise<Access>, signal: AbortSignal): Promise<Access> {
  if (signal.aborted) return { kind: 'aborted' }
  return await new Promise((resolve, reject) => {
    const abort = (): void => resolve({ kind: 'aborted' })
    signal.addEventListener('abort', abort, { once: true })
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
