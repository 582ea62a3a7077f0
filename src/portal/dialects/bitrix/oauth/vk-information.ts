import type { DoorLine } from '../../../../core/dialect.ts'
import { given } from '../../../../core/given.ts'
import { findLine, isConnected } from '../line-acts.ts'
import { withoutMarkup } from '../names.ts'
import type { Community, OAuthAccount } from './accounts.ts'
import type { InformationCall } from './call.ts'
import { printableUrl } from './page-urls.ts'

/**
 * What the page of VK shows. It knows no code for a login that has run out, and none does here: what the person administers
 * was read at the login, and each community's own dialog asks VK anew.
 */
export async function vkInformation({ call, of, startUrl }: InformationCall): Promise<object> {
  const account = await call.oauth.accounts.read(of)
  const line = await findLine(call)
  const connected = line && isConnected(line) ? line : undefined
  const groups = account?.communities?.map((community) => ({
    INFO: toInfo(community),
    URI: dialogOf(startUrl, community.id),
    ...given({ ACTIVE: connected?.identity === community.id }),
  }))
  return {
    USER: { URI: startUrl, ...given({ INFO: account && toPerson(account) }) },
    ...given({
      GROUPS: groups,
      GROUP: connected && toGroup(connected, account),
      GROUP_DEL: account?.chosen && !connected && 'Y',
    }),
  }
}

/** The page puts a `state` of its own into these addresses, in the place of what is there: ours goes by another name. */
function dialogOf(startUrl: string, communityId: string): string {
  return `${startUrl}&group=${communityId}`
}

function toPerson({ user: { id, name } }: OAuthAccount): object {
  return { ID: id, NAME: withoutMarkup(name), URL: `https://vk.com/id${encodeURIComponent(id)}` }
}

function toInfo({ id, name, url, type }: Community): object {
  return { ID: id, NAME: withoutMarkup(name), URL: printableUrl(url), TYPE: type }
}

function toGroup(
  { identity = '', name = identity, links }: DoorLine,
  account: OAuthAccount | undefined,
): object {
  const url = links.url ?? ''
  const listed = account?.communities?.find(({ id }) => id === identity)
  return {
    ...toInfo(listed ?? { id: identity, name, url, type: 'group' }),
    URL_IM: printableUrl(links.chatUrl ?? url),
  }
}
