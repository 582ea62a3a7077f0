import type { RouteReply } from '../../../../core/route.ts'
import { type CommandCall, CommandError, done, lineOf } from '../command-call.ts'
import { disconnect, findLine, isConnected, resume } from '../line-acts.ts'
import { textOf } from '../wire/php-value.ts'
import { toOAuthCall } from './call.ts'
import { connectPage } from './meta-connect.ts'
import { metaInformation } from './meta-information.ts'
import { noAppWords, OAUTH_CONNECTORS, type Provider, providerOf } from './oauth.ts'
import { readReturnUrl } from './return-url.ts'
import { OAUTH_TEXTS } from './texts.ts'
import { vkInformation } from './vk-information.ts'

/**
 * What a page shows, and what it opens in its popup. The portal takes the line's status from this answer: with a page or
 * community it is connected, without one it isn't.
 */
export async function oauthInformation(call: CommandCall, provider: Provider): Promise<RouteReply> {
  const { portal, oauth, args } = call
  const address = lineOf(call)
  requireApp(call, provider)
  const returnUrl = readReturnUrl(textOf(args[0]) ?? '', portal)
  if (returnUrl === undefined) {
    throw new CommandError('RETURN_URL_REFUSED', OAUTH_TEXTS[portal.language].foreignReturn)
  }
  await resume(call, address)
  const state = await oauth.states.open(portal.id, { ...address, returnUrl })
  const about = { ...toOAuthCall(call), startUrl: oauth.startUrl(provider, state) }
  return done(await (provider === 'meta' ? metaInformation(about) : vkInformation(about)))
}

/** Facebook, Instagram: a page was chosen. */
export async function authorizationPage(call: CommandCall): Promise<RouteReply> {
  const { connector } = lineOf(call)
  if (providerOf(connector) !== 'meta') throw notOfThis()
  requireApp(call, 'meta')
  await connectPage(toOAuthCall(call), textOf(call.args[0]) ?? '')
  return done()
}

/** The page or community goes, the login stays. Of one that isn't connected there is nothing to do. */
export async function forgetChosen(call: CommandCall): Promise<RouteReply> {
  const about = toOAuthCall(call)
  const account = await call.oauth.accounts.read(about.of)
  const line = await findLine(call)
  const connected = line && isConnected(line) ? line.identity : undefined
  const chosen = account?.chosen?.id
  // Instagram's account is another than the page that it is chosen by.
  const shown = about.of.connector === 'instagram' ? (chosen ?? connected) : (connected ?? chosen)
  if (shown === undefined || shown !== textOf(call.args[0])) return done()
  await disconnect(call, about.address)
  await call.oauth.accounts.unchoose(about.of)
  return done()
}

/** The login goes, and what it has connected. */
export async function forgetUser(call: CommandCall): Promise<RouteReply> {
  const about = toOAuthCall(call)
  const account = await call.oauth.accounts.read(about.of)
  if (account === undefined || account.user.id !== textOf(call.args[0])) return done()
  await disconnect(call, about.address)
  await call.oauth.accounts.forget(about.of)
  return done()
}

/** The line is gone from the portal, or this connector from the line: so are the logins for it. */
export async function forgetAccounts(call: CommandCall, line: string): Promise<void> {
  const { connector, oauth, portal, command } = call
  const all = command.connector === 'all' ? OAUTH_CONNECTORS : [connector ?? '']
  if (line === '') return
  for (const one of all.filter((id) => providerOf(id) !== undefined)) {
    await oauth.accounts.forget({ portalId: portal.id, connector: one, line })
  }
}

function requireApp({ context, portal }: CommandCall, provider: Provider): void {
  if (context.apps[provider]) return
  throw new CommandError('OAUTH_APP_NOT_SET', noAppWords(provider, OAUTH_TEXTS[portal.language]))
}

function notOfThis(): CommandError {
  return new CommandError('COMMAND_NOT_SUPPORTED', 'this connector has no pages to choose from')
}
