import type { DoorLine } from '../../../../core/dialect.ts'
import { given } from '../../../../core/given.ts'
import { findLine, isConnected } from '../line-acts.ts'
import { withoutMarkup } from '../names.ts'
import type { Entity, OAuthAccount } from './accounts.ts'
import type { InformationCall } from './call.ts'
import type { InstagramAccount, MetaPage } from './meta-login.ts'
import { toCommandError } from './meta-refusals.ts'
import { printableUrl } from './page-urls.ts'
import { PROVIDERS } from './providers.ts'

/** What the pages of Facebook and Instagram show. Throws CommandError. */
export async function metaInformation(about: InformationCall): Promise<object> {
  const { call, of, startUrl } = about
  const account = await call.oauth.accounts.read(of)
  const line = await findLine(call)
  const connected = line && isConnected(line) ? line : undefined
  const pages = account ? await listPages(about, account) : []
  const shown = of.connector === 'instagram' ? pages.filter(({ instagram }) => instagram) : pages
  const isActive = (page: MetaPage): boolean => idOf(page, of.connector) === connected?.identity
  const list = shown.map((page) => ({
    INFO: toInfo(page),
    ...given({ ACTIVE: connected !== undefined && isActive(page) }),
  }))
  const active = connected && (shown.find(isActive) ?? toPage(connected, account))
  return {
    USER: {
      URI: startUrl,
      ...given({ INFO: account && toInfo(account.user) }),
      ...commentsOfUser(of.connector),
    },
    ...given({
      PAGES: account && list,
      PAGE: connected && active && toShown(connected, active),
      // The portal calls it so for pages as well.
      GROUP_DEL: account?.chosen && !connected && 'Y',
    }),
  }
}

async function listPages(
  { call, startUrl }: InformationCall,
  { token }: OAuthAccount,
): Promise<readonly MetaPage[]> {
  try {
    return token && call.oauth.meta ? await call.oauth.meta.pages(token) : []
  } catch (error) {
    throw toCommandError(call.portal, error, { USER: { URI: startUrl } })
  }
}

function idOf({ id, instagram }: MetaPage, connector: string): string | undefined {
  return connector === 'instagram' ? instagram?.id : id
}

/** The connected page, where the list has it no more: somebody else has logged in since. */
function toPage(
  { connector, identity = '', name = identity }: DoorLine,
  account?: OAuthAccount,
): MetaPage {
  if (connector !== 'instagram') return { id: identity, name }
  const username = name.replace(/^@/, '')
  const { id, name: pageName } = account?.chosen ?? { id: identity, name }
  const instagram = { id: identity, name: username, username, mediaCount: 0, picture: '' }
  return { id, name: pageName, instagram }
}

function toShown({ links }: DoorLine, page: MetaPage): object {
  return {
    ...toInfo(page),
    URL_IM: printableUrl(links.chatUrl ?? links.url ?? ''),
    ...(page.instagram && { IS_ACTIVE_INSTAGRAM_COMMENTS: false }),
  }
}

function toInfo({ id, name, instagram }: Entity & Pick<MetaPage, 'instagram'>): object {
  return {
    ID: id,
    NAME: withoutMarkup(name),
    URL: printableUrl(`${PROVIDERS.meta.dialogRoot}/${encodeURIComponent(id)}`),
    ...given({ INSTAGRAM: instagram && toInstagram(instagram) }),
  }
}

function toInstagram({ username, name, mediaCount, picture }: InstagramAccount): object {
  return {
    NAME: withoutMarkup(name),
    URL: printableUrl(`https://www.instagram.com/${encodeURIComponent(username)}`),
    MEDIA_COUNT: mediaCount,
    PROFILE_PICTURE_URL: printableUrl(picture),
    // What a page lists here is a professional account, or it isn't listed.
    BUSINESS: 'Y',
  }
}

/** Comments under posts are no channel of the hub's: the page greys out what it offers for them. */
function commentsOfUser(connector: string): object {
  return connector === 'instagram' ? { IS_USER_PERMISSION_COMMENTS: false } : {}
}
