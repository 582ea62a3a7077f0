import type { CallContext, ConnectReport } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { reportConnect } from '#kit/connect-report.ts'
import type { BotFrameworkSettings } from './settings.ts'
import type { TokenSource } from './token.ts'
import type { KeyStore } from './verify-keys.ts'

/**
 * Asks for a token and for the service's keys. The identity is the app's id: there is no call that tells anything else of
 * a bot.
 */
export function testConnect(
  tokens: TokenSource,
  keys: KeyStore,
  settings: BotFrameworkSettings,
  { signal }: CallContext,
): Promise<ConnectReport> {
  return reportConnect({ signal }, async () => {
    // A cached token would prove nothing about a secret that has been revoked since.
    tokens.drop(settings)
    await tokens.get(settings, signal)
    await keys.refresh(settings.openIdMetadataUrl)
    const { appId, botHandle: name } = settings
    return { ok: true, identity: appId.toLowerCase(), ...given({ name }) }
  })
}
