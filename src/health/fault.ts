import { given } from '../core/given.ts'
import type { ChannelFinding, HealthAction, HealthCode, HealthState } from '../core/health.ts'

/** What is wrong with a line, as it is kept: bounded, and without anything that must stay secret. */
export interface Fault {
  readonly code: HealthCode
  /** The channel's, or the portal's, own. */
  readonly words?: string
  readonly host?: string
  readonly permission?: string
  readonly isVital?: boolean
  /** Epoch ms, as the channel says. */
  readonly since?: number
  readonly waiting?: number
  /** The hub's new address, which a person has to enter at the channel: the old one may still work for a while. */
  readonly newHost?: string
}

type FaultState = Exclude<HealthState, 'ok' | 'unknown'>

interface Kind {
  readonly state: FaultState
  readonly action: HealthAction
  /**
   * The channel has said it in so many words, so that one look is enough. What isn't definite may be a moment's: a rival's
   * single call, a webhook that is just being set.
   */
  readonly isDefinite: boolean
}

/** The worst first, as far as the state doesn't decide. */
const KINDS: Readonly<Record<HealthCode, Kind>> = {
  token_refused: { state: 'broken', action: 'credentials', isDefinite: true },
  webhook_overwritten: { state: 'broken', action: 'reconnect', isDefinite: true },
  polling_stopped: { state: 'broken', action: 'reconnect', isDefinite: false },
  webhook_missing: { state: 'broken', action: 'reconnect', isDefinite: false },
  permission_missing: { state: 'broken', action: 'permissions', isDefinite: false },
  sending_paused: { state: 'broken', action: 'credentials', isDefinite: true },
  portal_unreachable: { state: 'degraded', action: 'portal', isDefinite: true },
  webhook_failing: { state: 'degraded', action: 'channel', isDefinite: true },
  channel_unreachable: { state: 'degraded', action: 'none', isDefinite: true },
  channel_limits: { state: 'degraded', action: 'channel', isDefinite: true },
}
const RANKS = new Map(Object.keys(KINDS).map((code, index) => [code, index]))

export function stateOf(fault: Fault | undefined): HealthState {
  if (!fault) return 'ok'
  const isMild = fault.code === 'permission_missing' && fault.isVital === false
  return isMild || fault.newHost !== undefined ? 'degraded' : KINDS[fault.code].state
}

export function actionOf({ code }: Fault): HealthAction {
  return KINDS[code].action
}

export function isDefinite({ code }: Fault): boolean {
  return KINDS[code].isDefinite
}

export function worstOf(faults: readonly (Fault | undefined)[]): Fault | undefined {
  const weigh = (fault: Fault): number =>
    (stateOf(fault) === 'broken' ? 0 : RANKS.size) + (RANKS.get(fault.code) ?? 0)
  return faults
    .filter((fault) => fault !== undefined)
    .toSorted((a, b) => weigh(a) - weigh(b))
    .at(0)
}

const MAX_WORDS = 300
/** A host name has at most 253 characters. */
const MAX_HOST = 253
const MAX_PERMISSION = 100

/**
 * What a connector has found, fit to be kept and shown; undefined for what isn't one of the contract's findings. `secrets`
 * are the line's: a channel may quote them.
 */
export function toFault(finding: ChannelFinding, secrets: readonly string[]): Fault | undefined {
  const found = finding as Partial<Record<keyof Fault, unknown>> | undefined | null
  const code = found?.code
  if (typeof code !== 'string' || !RANKS.has(code)) return undefined
  const text = (value: unknown, limit: number): string | undefined =>
    typeof value === 'string' ? tidy(value, secrets).slice(0, limit).toWellFormed() : undefined
  const count = (value: unknown): number | undefined =>
    typeof value === 'number' && Number.isFinite(value) && value >= 0
      ? Math.floor(value)
      : undefined
  return {
    code: code as HealthCode,
    ...given({
      words: text(found?.words, MAX_WORDS),
      host: text(found?.host, MAX_HOST),
      permission: text(found?.permission, MAX_PERMISSION),
      since: count(found?.since),
      waiting: count(found?.waiting),
    }),
    ...(typeof found?.isVital === 'boolean' ? { isVital: found.isVital } : {}),
  }
}

/** Shorter ones are no secrets, and would be found in every word. */
const MIN_SECRET = 6

/** On one line, without secrets and control characters. */
function tidy(words: string, secrets: readonly string[]): string {
  // Cut first, so that a megabyte of words isn't searched; with room for a secret that stands across the limit.
  const safe = secrets
    .filter((secret) => secret.length >= MIN_SECRET)
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, '…'), words.slice(0, 8192))
  return safe.replace(/[\p{Cc}\s]+/gu, ' ').trim()
}
