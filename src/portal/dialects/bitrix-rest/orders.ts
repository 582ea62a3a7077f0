import type { DoorLine } from '../../../core/dialect.ts'
import { StoreUnavailableError } from '../../../core/errors.ts'
import type { Portal } from '../../../core/portal.ts'
import { logCallFailure, toCallFailure } from '../../call-failure.ts'
import type { Context } from './callers.ts'
import { channelIds, imOf, toOutgoing } from './operator-message.ts'
import { type FormValue, listAt, textAt } from './php-form.ts'
import { fromPortalChat, fromPortalConnector, type ImIds, isAlias, toKey } from './portal-ids.ts'
import { wordsFor } from './words.ts'

/** What operators want done, by the portal's events; each is queued once, however often it comes. */
export type OrderKind = 'send' | 'edit' | 'delete'

interface Order {
  readonly method: string
  readonly chatId: string
  readonly params: object
  readonly im: ImIds
  readonly kind: OrderKind
}

/** The line that an event is about. */
interface Place {
  readonly connector: string
  readonly line: string
}

export class Orders {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /**
   * Queues what an event asks for, in its order; `ts` is when the portal sent it. Gives when all is durable, or refused for good; the operator is told of that in
   * the dialog. Throws StoreUnavailableError if something could not be stored: the portal doesn't repeat it, so it is the last
   * to be given up.
   */
  async take(
    portal: Portal,
    { data, ts }: { readonly data: FormValue | undefined; readonly ts: string },
    kind: OrderKind,
  ): Promise<void> {
    const place = placeOf(data)
    if (!place) return
    const items = listAt(data, 'MESSAGES')
    const orders: Order[] = []
    for (const item of items)
      orders.push(...(await this.#toOrders(portal, place, { item, ts }, kind)))
    // Begun in order, they take effect in order: fifty messages are one commit.
    const ended = await Promise.allSettled(
      orders.map((order) => this.#context.call(portal, order.method, order.params)),
    )
    let outage: unknown
    for (const [index, end] of ended.entries()) {
      const order = orders[index]
      if (end.status === 'fulfilled' || !order) continue
      if (end.reason instanceof StoreUnavailableError) outage = end.reason
      else this.#failed(portal, place, order, end.reason)
    }
    if (outage !== undefined) throw outage
  }

  async #toOrders(
    portal: Portal,
    place: Place,
    { item, ts }: { readonly item: FormValue; readonly ts: string },
    kind: OrderKind,
  ): Promise<Order[]> {
    const im = imOf(item)
    const chatId = await this.#chatOf(portal, place, textAt(item, 'chat', 'id'))
    if (!im || chatId === undefined) return []
    const base = { ...place, chat: { id: chatId } }
    const order = (method: string, rest: object): Order => {
      return { method, chatId, im, kind, params: { ...base, ...rest } }
    }
    if (kind === 'send') {
      const message = toOutgoing(item, portal)
      if (message) return [order('sendMessage', { message, key: toKey(kind, im) })]
      const why = { code: 'HUB_BAD_PARAMS', message: wordsFor(portal.language).nothingToSend }
      this.#refused(portal, place, order('sendMessage', {}), why)
      return []
    }
    const ids = channelIds(item)
    if (kind === 'delete') {
      return ids.map((id) => order('deleteMessage', { message: { id }, key: toKey(kind, im, id) }))
    }
    // An operator may go back to an earlier text: the same edit again is known by when the portal sent it.
    // Of a message in several parts the first is the one whose text this is.
    const [id] = ids
    const text = toOutgoing(item, portal)?.text
    if (id === undefined || text === undefined) return []
    return [
      order('updateMessage', {
        message: { id, text },
        key: toKey(kind, im, JSON.stringify([id, text, ts])),
      }),
    ]
  }

  async #chatOf(portal: Portal, place: Place, id: string): Promise<string | undefined> {
    if (id === '') return undefined
    if (!isAlias(id)) return fromPortalChat(id)
    const line = await this.#find(portal, place)
    return line && (await this.#context.speakerOf(portal).people.chatBehind(line.lineId, id))
  }

  async #find(portal: Portal, place: Place): Promise<DoorLine | undefined> {
    return await this.#context.lines.find({ portalId: portal.id, ...place })
  }

  #failed(portal: Portal, place: Place, order: Order, error: unknown): void {
    const failure = toCallFailure(error)
    logCallFailure(this.#context.log, error, { portalId: portal.id, method: order.method })
    // The same message once more, with another text: what was queued first goes out.
    if (failure.code !== 'HUB_KEY_REUSED') this.#refused(portal, place, order, failure)
  }

  /** Nobody would see that the message went nowhere: the portal has no method to say so. */
  #refused(
    portal: Portal,
    place: Place,
    order: Order,
    failure: { readonly code: string; readonly message: string },
  ): void {
    const { log } = this.#context
    const fields = {
      event: 'portal.order-refused',
      portalId: portal.id,
      ...place,
      code: failure.code,
    }
    log.warn(fields, "an operator's message could not be queued")
    this.#tell(portal, place, order, failure.message).catch((err: unknown) => {
      log.warn({ ...fields, err }, 'and the operator could not be told')
    })
  }

  async #tell(portal: Portal, place: Place, order: Order, why: string): Promise<void> {
    const line = await this.#find(portal, place)
    if (!line) return
    const words = wordsFor(portal.language)
    const what = { send: words.notSent, edit: words.notEdited, delete: words.notDeleted }
    const { chatId, kind, im } = order
    const address = { lineId: line.lineId, connector: line.connector, externalLine: line.line }
    const id = `refused:${kind}:${im.messageId}`
    await this.#context
      .speakerOf(portal)
      .tellOperator(
        { portal, address, chatId, id },
        `${what[kind]}: ${why}`,
        new AbortController().signal,
      )
  }
}

function placeOf(data: FormValue | undefined): Place | undefined {
  const connector = fromPortalConnector(textAt(data, 'CONNECTOR'))
  const line = textAt(data, 'LINE')
  return connector === undefined || line === '' ? undefined : { connector, line }
}
