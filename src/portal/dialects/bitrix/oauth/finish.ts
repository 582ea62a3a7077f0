import { toCallFailure } from '../../../call-failure.ts'
import { CommandError } from '../command-call.ts'
import { type Actor, connectLine } from '../line-acts.ts'
import type { OAuth } from './oauth.ts'
import type { OpenWish } from './states.ts'
import type { VkLogin } from './vk-login.ts'

/** What a provider's dialog has sent back. */
export interface Code {
  readonly code: string
  readonly state: string
  readonly deviceId: string
  readonly redirectUri: string
  /** Of VK: the community whose token it is for; absent of a person's login. */
  readonly community?: string
}

export interface Finish {
  readonly actor: Actor
  readonly oauth: OAuth
  readonly wish: OpenWish
  readonly got: Code
}

/** A community's token is there, and its line could not be connected with it. The message is for a person. */
export class NotConnectedError extends Error {
  override name = 'NotConnectedError'
}

/** Somebody has logged in at Meta. False: there is no app. Throws OAuthRefusal, OAuthUnreachable. */
export async function finishMeta({ actor, oauth, wish, got }: Finish): Promise<boolean> {
  if (!oauth.meta) return false
  const account = await oauth.meta.exchange(got.code, got.redirectUri)
  await oauth.accounts.put(accountOf(actor, wish), account)
  return true
}

/**
 * Somebody has logged in at VK, or has handed out a community's token, by which the line is connected at once: the page has no
 * button for that. False: there is no app. Throws OAuthRefusal, OAuthUnreachable, NotConnectedError.
 */
export async function finishVk(finish: Finish): Promise<boolean> {
  const { actor, oauth, wish, got } = finish
  const { vk } = oauth
  if (!vk) return false
  if (got.community !== undefined) {
    await connectCommunity(finish, vk, got.community)
    return true
  }
  const account = await vk.exchangePerson({ ...got, verifier: wish.verifier })
  await oauth.accounts.put(accountOf(actor, wish), account)
  return true
}

async function connectCommunity(
  { actor, oauth, wish, got }: Finish,
  vk: VkLogin,
  community: string,
): Promise<void> {
  const { context, portal } = actor
  const { connector, line } = wish
  const accessToken = await vk.exchangeCommunity(community, got)
  const { apiRoot } = oauth.roots.vk
  const settings = { groupId: community, accessToken, apiRoot }
  try {
    await context.call(portal, 'saveSettings', { connector, line, settings })
    await connectLine(actor, wish)
  } catch (error) {
    const { kind, message } = toCallFailure(error)
    if (error instanceof CommandError) throw new NotConnectedError(error.message, { cause: error })
    if (kind === 'internal' || kind === 'unavailable') throw error
    throw new NotConnectedError(message, { cause: error })
  }
  const of = accountOf(actor, wish)
  const known = (await oauth.accounts.read(of))?.communities?.find(({ id }) => id === community)
  await oauth.accounts.choose(of, { id: community, name: known?.name ?? community })
}

function accountOf({ portal }: Actor, { connector, line }: OpenWish) {
  return { portalId: portal.id, connector, line }
}
