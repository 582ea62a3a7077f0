import type { Clock } from '../../../core/clock.ts'
import { given } from '../../../core/given.ts'
import type { PacketAddress } from '../../../core/packet.ts'
import type { Portal } from '../../../core/portal.ts'
import type { ChatwootApi } from './application-api.ts'
import { ChatwootError } from './failure.ts'
import { hookPath, hookUrl } from './hook.ts'
import type { InboxBook, KnownInbox } from './inbox-book.ts'
import { type Fields, fieldsOf, idOf, listOf, textOf } from './shapes.ts'

export interface InboxesDeps {
  readonly book: InboxBook
  readonly clock: Clock
  readonly publicUrl: string
}

interface LineOf {
  readonly portal: Portal
  readonly address: PacketAddress
}

/** The inboxes of lines: each is found or made, with its webhook leading to the hub. Throws as ChatwootApi and InboxBook. */
export class Inboxes {
  readonly #deps: InboxesDeps

  constructor(deps: InboxesDeps) {
    this.#deps = deps
  }

  /** As it was when somebody last looked, without asking Chatwoot, unless none is known. */
  async open(line: LineOf, api: ChatwootApi, signal: AbortSignal): Promise<KnownInbox> {
    return (await this.#known(line)) ?? (await this.check(line, api, signal))
  }

  /** Makes sure that it is there, and that its webhook leads here: one that was deleted in Chatwoot is made anew. */
  async check(line: LineOf, api: ChatwootApi, signal: AbortSignal): Promise<KnownInbox> {
    const known = await this.#known(line)
    const shown = known && fieldsOf(await api.find(`/inboxes/${known.inbox}`))
    if (known && idOf(shown) === known.inbox)
      return await this.#adopt(line, api, shown ?? {}, known)
    const { id: portalId } = line.portal
    const { lineId } = line.address
    return await this.#deps.book.alone({ portalId, lineId }, signal, async () => {
      const made = await this.#known(line)
      // Somebody else has made it while this one waited for its turn.
      if (made && made.inbox !== known?.inbox) return made
      const found = listOf(await api.get('/inboxes')).find((one) => isOf(line, one))
      return await this.#adopt(line, api, found ?? (await this.#make(line, api)), known)
    })
  }

  async #known({ portal, address }: LineOf): Promise<KnownInbox | undefined> {
    const { lineId, connector, externalLine } = address
    const known = await this.#deps.book.ofLine(portal.id, lineId)
    return known?.connector === connector && known.line === externalLine ? known : undefined
  }

  async #make({ portal, address }: LineOf, api: ChatwootApi): Promise<Fields> {
    const webhook_url = hookUrl(portal, address.lineId, this.#deps.publicUrl)
    const channel = { type: 'api', webhook_url }
    return fieldsOf(await api.post('/inboxes', { name: nameOf(address), channel }))
  }

  async #adopt(
    { portal, address }: LineOf,
    api: ChatwootApi,
    shown: Fields,
    known: KnownInbox | undefined,
  ): Promise<KnownInbox> {
    const inbox = idOf(shown)
    if (inbox === undefined) {
      throw new ChatwootError({ kind: 'failed', error: 'Chatwoot made an inbox without an id' })
    }
    const { book, clock, publicUrl } = this.#deps
    const { lineId, connector, externalLine: line } = address
    const webhook_url = hookUrl(portal, lineId, publicUrl)
    if (shown['webhook_url'] !== webhook_url) {
      await api.patch(`/inboxes/${inbox}`, { channel: { webhook_url } })
    }
    const isSame = known?.inbox === inbox
    const since = isSame ? known.since : (api.date ?? Math.floor(clock.now() / 1000))
    const secret = textOf(shown['secret']) ?? (isSame ? known.secret : undefined)
    const adopted = { inbox, lineId, connector, line, since, ...given({ secret }) }
    if (!isSame || known.secret !== adopted.secret) await book.keep(portal.id, adopted, known)
    return adopted
  }
}

function isOf({ portal, address }: LineOf, inbox: Fields): boolean {
  const url = URL.parse(textOf(inbox['webhook_url']) ?? '')
  return url?.pathname.endsWith(hookPath(portal.id, address.lineId)) === true
}

/** `Telegram · 12`. Chatwoot takes no name with `< > / \ @`, and none that begins or ends with a sign. */
function nameOf({ connector, externalLine }: PacketAddress): string {
  const title = connector.charAt(0).toUpperCase() + connector.slice(1)
  return `${title} · ${externalLine}`.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
}
