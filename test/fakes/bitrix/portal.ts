import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Era } from '../../../src/portal/dialects/bitrix/era.ts'
import { type FormFields, readForm } from '../../../src/portal/dialects/bitrix/wire/form.ts'
import { unserialize } from '../../../src/portal/dialects/bitrix/wire/php-unserialize.ts'
import { type PhpValue, valuesOf } from '../../../src/portal/dialects/bitrix/wire/php-value.ts'
import { withoutStubs } from '../../../src/portal/dialects/bitrix/wire/stubs.ts'
import { LocalServer, readBody } from '../../helpers/local-server.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { type Answer, carryOut } from '../portal-answer.ts'
import {
  call,
  callAndLeave,
  callForHead,
  isAwaited,
  type Order,
  type Reply,
  type Sender,
} from './caller.ts'
import { type Credentials, credentialsOf, hashOf } from './credentials.ts'
import { type Posted, type Shown, takeItem } from './handler.ts'

interface Options {
  readonly era?: Era
  readonly licenceKey?: string
}

const HANDLER = /\/pub\/imconnector\/(?:index\.php)?$/
const STATUSES = new Set([
  'receivingStatusDelivery',
  'receivingStatusReading',
  'deactivateConnector',
])
const NEW_ONLY = new Set(['receivingError', 'receivingStatusBlock', 'setChatName'])

/**
 * An on-premise Bitrix24 with its module imconnector, the old or the new one, as far as the hub sees of it: it says nothing
 * of single items, drops those that don't fit without a word, and loads files while the post waits. The old one closes its
 * own calls without reading, takes what is signed wrongly, and calls the hub within the hub's own post.
 */
export class FakeBitrix implements AsyncDisposable {
  readonly era: Era
  /** Of its licence key; a test may change them to have another key. */
  credentials: Credentials
  /** Every post that was taken, repeats included, whatever was answered. */
  readonly posts: Posted[] = []
  /** What its operators see, in order, and since when (epoch milliseconds). */
  readonly shown: (Shown & { readonly at: number })[] = []
  /** Items that were dropped without a word. */
  readonly dropped: PhpValue[] = []
  /** Posts whose signature was wrong. */
  refused = 0
  /** Answers for the next posts, one each, instead of its own; the post is noted, and nothing is shown. */
  readonly script: Answer[] = []
  /** Nobody is there: connections are torn down. */
  isDown = false
  /** Connectors that the administrator has listed; absent: all. */
  connectors: ReadonlySet<string> | undefined
  /** `connector|line` that aren't active. */
  readonly inactive = new Set<string>()
  /** The old module acknowledges what it takes here, inside of the hub's own post. */
  hubUrl: string | undefined
  readonly #server: LocalServer

  private constructor({ era = '2026', licenceKey = 'PLANTED-LICENCE-KEY-0001' }: Options) {
    this.era = era
    this.credentials = credentialsOf(licenceKey)
    this.#server = new LocalServer((request, response) => {
      this.#take(request, response).catch(() => response.destroy())
    })
  }

  static async start(options: Options = {}): Promise<FakeBitrix> {
    const portal = new FakeBitrix(options)
    await portal.#server.listen()
    return portal
  }

  get url(): string {
    return this.#server.url
  }

  get sender(): Sender {
    return { ...this.credentials, era: this.era, domain: this.url }
  }

  /** Values of the dialect's fields. */
  get settings(): Readonly<Record<string, string>> {
    return { ...this.credentials }
  }

  /** Posts a command to the hub and reads the answer. What is laid over makes it a forged one. */
  async call(hubUrl: string, order: Order, forged: Partial<Sender> = {}): Promise<Reply> {
    return await call(hubUrl, order, { ...this.sender, ...forged })
  }

  /**
   * Posts a command as the module does: of one that it doesn't wait for the new module reads the head of the answer alone,
   * and the old one nothing.
   */
  async order(hubUrl: string, order: Order): Promise<Reply | undefined> {
    if (isAwaited(order.command)) return await this.call(hubUrl, order)
    if (this.era === '2026') return await callForHead(hubUrl, order, this.sender)
    await callAndLeave(hubUrl, order, this.sender)
    return undefined
  }

  /** Items of a command, of all posts. */
  items(command: string): readonly PhpValue[] {
    return this.posts.flatMap((post) => (post.command === command ? post.items : []))
  }

  texts(): readonly (string | undefined)[] {
    return this.shown.filter(({ text }) => text !== undefined).map(({ text }) => text)
  }

  async waitForShown(count: number): Promise<readonly Shown[]> {
    await waitFor(
      () => this.shown.length >= count,
      () => `${count} items shown, got ${this.shown.length}`,
    )
    return this.shown
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    if (this.isDown) return void response.socket?.resetAndDestroy()
    if (!HANDLER.test(new URL(request.url ?? '/', this.url).pathname)) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>404</html>')
      return
    }
    const fields = readForm(body)
    const fault = this.#faultOf(fields)
    if (fault !== undefined) this.refused++
    if (fault !== undefined && this.era === '2026') return this.#answer(response, [fault])
    const posted = toPosted(fields)
    if (posted.command !== 'testConnect') this.posts.push(posted)
    const scripted = this.script.shift()
    if (scripted) return await carryOut(scripted, response)
    const code = await this.#carryOut(posted)
    const errors = [fault, code].filter((one) => one !== undefined)
    const isTest = posted.command === 'testConnect' && this.era === '2019'
    this.#answer(response, errors, isTest ? { RESULT: 'OK' } : [])
  }

  /** JSON, as PHP writes it; messages of errors are kept to itself. */
  #answer(response: ServerResponse, codes: readonly string[], data: object = []): void {
    const errors = codes.map((code) => ({ CODE: code }))
    const body = { OK: codes.length === 0, DATA: data, ...(codes.length > 0 && { ERROR: errors }) }
    response.writeHead(200, { 'content-type': 'text/html; charset=UTF-8' })
    response.end(JSON.stringify(body))
  }

  #faultOf(fields: FormFields): string | undefined {
    const { BX_HASH: given, ...rest } = Object.fromEntries(
      [...fields].map(([name, value]) => [name, value.toString('utf8')]),
    )
    if (given === undefined || given === '') return 'HASH_EMPTY'
    const isRight =
      rest['BX_TYPE'] === 'CP' && given === hashOf(Object.values(rest), this.credentials.keyHash)
    return isRight ? undefined : 'LICENCE_ERROR'
  }

  /** The code of what went wrong, if anything. */
  async #carryOut(posted: Posted): Promise<string | undefined> {
    const { command, connector, line } = posted
    const isListed = this.connectors?.has(connector) ?? true
    if (this.era === '2026' && !isListed) return 'IMCONNECTOR_NOT_SPECIFIED_CORRECT_CONNECTOR'
    if (command === 'testConnect' || STATUSES.has(command)) return undefined
    if (NEW_ONLY.has(command) && this.era === '2026') return undefined
    if (command !== 'receivingMessage') return 'IMCONNECTOR_NOT_SPECIFIED_CORRECT_COMMAND'
    if (this.era === '2026' && this.inactive.has(`${connector}|${line}`)) return 'NOT_ACTIVE_LINE'
    for (const item of posted.items) await this.#receive(item, posted)
    return undefined
  }

  async #receive(item: PhpValue, posted: Posted): Promise<void> {
    const shown = await takeItem(item, posted, this.era, canLoad)
    if (shown) this.shown.push({ ...shown, at: Date.now() })
    else this.dropped.push(item)
    if (!shown || this.era === '2026' || this.hubUrl === undefined) return
    const { connector, line, chatId } = shown
    const messageId = shown.messageId ?? ''
    const args = [[{ chat: { id: chatId }, message: { id: messageId } }]]
    await callAndLeave(
      this.hubUrl,
      { command: 'setStatusDelivered', connector, line, args },
      this.sender,
    )
  }
}

function toPosted(fields: FormFields): Posted {
  const read = (name: string): string => fields.get(name)?.toString('utf8') ?? ''
  const data = Buffer.from(read('DATA'), 'base64')
  const items = valuesOf(withoutStubs(data.length > 0 ? unserialize(data) : []))
  return { command: read('BX_COMMAND'), connector: read('CONNECTOR'), line: read('LINE'), items }
}

/** Only a 200 counts. */
async function canLoad(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}
