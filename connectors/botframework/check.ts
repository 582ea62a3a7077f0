import type { CallContext } from '#core/connector.ts'
import type { DeliveryError } from '#core/errors.ts'
import type { ChannelFinding } from '#core/health.ts'
import { findAtChannel, otherThanApi, tokenRefused } from '#kit/health.ts'
import type { BotFrameworkSettings } from './settings.ts'
import type { TokenSource } from './token.ts'

/**
 * Asks for a token anew: a kept one says nothing of a secret that has been revoked since. There is no call that tells more
 * of a bot. Throws as `TokenSource.get`.
 */
export function checkLine(
  tokens: TokenSource,
  settings: BotFrameworkSettings,
  { signal }: CallContext,
): Promise<readonly ChannelFinding[]> {
  return findAtChannel({ signal, explain }, async () => {
    await tokens.renew(settings, signal)
    return []
  })
}

/** Only an answer with one of Entra's numbers, or a 401, is about the credentials; another may be a gateway's. */
function explain(error: DeliveryError): readonly ChannelFinding[] | undefined {
  const { fault } = error
  if (fault.disposition !== 'pause') return undefined
  const isEntras = fault.channelCode.startsWith('AADSTS') || fault.channelCode === '401'
  if (!isEntras) throw otherThanApi(error.message)
  return [tokenRefused(error)]
}
