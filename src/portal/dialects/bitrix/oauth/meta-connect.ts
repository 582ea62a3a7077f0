import type { Portal } from '../../../../core/portal.ts'
import { CommandError } from '../command-call.ts'
import { connectLine } from '../line-acts.ts'
import type { OAuthCall } from './call.ts'
import { OAuthRefusal, OAuthUnreachable } from './client.ts'
import type { MetaLogin, OwnPage } from './meta-login.ts'
import { TOKEN_REFUSED, toCommandError } from './meta-refusals.ts'
import { OAUTH_TEXTS } from './texts.ts'

/** The page of Instagram has words and a help article of its own for these two. */
const NO_DIRECT = 'ERROR_INSTAGRAM_DISABLED_ACCESS_INSTAGRAM_DIRECT_MESSAGES'
const NOT_ELIGIBLE = 'ERROR_INSTAGRAM_IG_ACCOUNT_IS_NOT_ELIGIBLE_API'

/** Meta's subcode for the first of them. */
const DIRECT_SHUT = '2534041'
const ID = /^\d{1,32}$/

/** Connects the page that was chosen. Throws CommandError. */
export async function connectPage({ call, address, of }: OAuthCall, id: string): Promise<void> {
  const { oauth, context, portal } = call
  const texts = OAUTH_TEXTS[portal.language]
  const account = await oauth.accounts.read(of)
  const { meta: app } = context.apps
  if (!account?.token || !oauth.meta || !app) {
    throw new CommandError('LOGIN_REQUIRED', texts.loginFirst)
  }
  const page = await findPage(portal, oauth.meta, account.token, id)
  if (!page) throw new CommandError('PAGE_UNKNOWN', texts.unknownPage)
  const accountSettings = await settingsOf(portal, oauth.meta, address.connector, page)
  const { graphRoot } = oauth.roots.meta
  const settings = {
    ...accountSettings,
    appId: app.id,
    appSecret: app.secret,
    // Always named: an address that was saved before would get the secret.
    apiRoot: graphRoot,
  }
  await context.call(portal, 'saveSettings', { ...address, settings })
  await connectLine(call, address)
  await oauth.accounts.choose(of, { id: page.id, name: page.name })
}

async function settingsOf(
  portal: Portal,
  meta: MetaLogin,
  connector: string,
  page: OwnPage,
): Promise<Readonly<Record<string, string>>> {
  const { token, id, instagram } = page
  if (connector !== 'instagram') return { pageId: id, pageAccessToken: token }
  const texts = OAUTH_TEXTS[portal.language]
  if (!instagram) throw new CommandError(NOT_ELIGIBLE, texts.noInstagram)
  await meta.readDirect(page).catch((error: unknown) => {
    // Anything else is for the test of the line to find.
    if (!(error instanceof OAuthRefusal) && !(error instanceof OAuthUnreachable)) throw error
    if (error instanceof OAuthRefusal && error.subcode === DIRECT_SHUT) {
      throw new CommandError(NO_DIRECT, texts.noDirect)
    }
  })
  return { accountId: instagram.id, accessToken: token }
}

/** Undefined: none that this person manages. */
async function findPage(
  portal: Portal,
  meta: MetaLogin,
  token: string,
  id: string,
): Promise<OwnPage | undefined> {
  if (!ID.test(id)) return undefined
  try {
    return await meta.page(id, token)
  } catch (error) {
    if (error instanceof OAuthRefusal && error.code !== TOKEN_REFUSED) return undefined
    throw toCommandError(portal, error)
  }
}
