import { DeliveryError } from '#core/errors.ts'
import type { ChannelFinding } from '#core/health.ts'
import type { Line } from '#core/line.ts'
import { RETRY, safeWords } from './http-answer.ts'

/** An administrator reads them beside the hub's own words. */
const MAX_WORDS = 300

export interface ChannelCheck {
  readonly signal: AbortSignal
  /** What a refusal means, where that is something else than credentials or the account (undefined). May throw. */
  explain?(error: DeliveryError): readonly ChannelFinding[] | undefined
}

/**
 * `check`: what `work` finds, or what the channel's refusal of `work` says. A pause that blames a setting is about the
 * credentials, any other pause about the account: blocked, not paid for. All else is thrown on, and so is everything once
 * the signal has aborted.
 */
export async function findAtChannel(
  { signal, explain }: ChannelCheck,
  work: () => Promise<readonly ChannelFinding[]>,
): Promise<readonly ChannelFinding[]> {
  try {
    return await work()
  } catch (error) {
    if (signal.aborted || !(error instanceof DeliveryError)) throw error
    const explained = explain?.(error)
    if (explained) return explained
    const { disposition, field } = error.fault
    if (disposition !== 'pause') throw error
    // Nothing but a gateway answers that the address is wrong, and a line that was connected has a right one.
    if (field === 'apiRoot') throw otherThanApi(error.message)
    if (field !== undefined) return [tokenRefused(error)]
    return [{ code: 'channel_limits', words: cut(error.message) }]
  }
}

/** The finding for a refusal, in whose words a client has hidden the secrets. */
export function tokenRefused({ message }: DeliveryError): ChannelFinding {
  return { code: 'token_refused', words: cut(message) }
}

/** For an answer in which nothing of the channel's can be read: a check must not take it for a line that is well, or broken. */
export function otherThanApi(message: string): DeliveryError {
  return new DeliveryError(message, { ...RETRY, channelCode: 'HUB_BAD_ANSWER' })
}

/**
 * The channel's words as a finding may show them: at most 300 characters, without the line's address and secrets. `own`: the
 * secrets among its settings.
 */
export function findingWords(
  words: unknown,
  { webhookUrl, webhookSecret }: Pick<Line, 'webhookUrl' | 'webhookSecret'>,
  own: readonly string[],
): string {
  const hash = URL.parse(webhookUrl)?.searchParams.get('hash') ?? ''
  return cut(safeWords(words, [webhookUrl, hash, webhookSecret, ...own]))
}

function cut(words: string): string {
  // No half of a character that two units stand for.
  return words.slice(0, MAX_WORDS).replace(/[\uD800-\uDBFF]$/, '')
}

/**
 * What the channel's webhook says of a line: nothing if it is the line's, or if that can't be told. `actual`: the address as
 * the channel gives it, '' for none. `isShared`: several lines of this hub may have one address, whichever of theirs it is.
 */
export function webhookFindings(
  actual: unknown,
  webhookUrl: string,
  { isShared = false }: { readonly isShared?: boolean } = {},
): readonly ChannelFinding[] {
  if (actual === '') return [{ code: 'webhook_missing' }]
  const isOurs = isShared ? isOfSameHub : isSameAddress
  if (typeof actual !== 'string' || isOurs(actual, webhookUrl)) return []
  const host = hostOf(actual)
  return host === undefined ? [] : [{ code: 'webhook_overwritten', host }]
}

/** The host, with a port that isn't usual; undefined for what is no address. */
export function hostOf(address: string): string | undefined {
  return parse(address)?.host || undefined
}

/** Channels write addresses in ways of their own: case and punycode of the host, usual ports, a slash at the end. */
export function isSameAddress(one: string, other: string): boolean {
  return isOfSameHub(one, other) && queryOf(one) === queryOf(other)
}

/** Both are addresses of one hub: they differ in no more than the line's hash. */
export function isOfSameHub(one: string, other: string): boolean {
  const [left, right] = [parse(one), parse(other)]
  if (!left || !right) return false
  return left.origin === right.origin && pathOf(left) === pathOf(right)
}

/** A scheme may be missing; a word without a dot is then no host, but says something else. */
function parse(address: string): URL | undefined {
  const isWhole = address.includes('://')
  if (!isWhole && !/^[^/]*\./.test(address)) return undefined
  return URL.parse(isWhole ? address : `https://${address}`) ?? undefined
}

function pathOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '')
}

function queryOf(address: string): string {
  const query = parse(address)?.searchParams
  query?.sort()
  return query?.toString() ?? ''
}
