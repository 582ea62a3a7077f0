import type { DialectMemory } from '../../../src/core/dialect-memory.ts'
import type { DialectPortal, DialectReply, Forgery } from '../../contract/dialect-kit.ts'
import type { TestHub } from '../../helpers/hub.ts'
import type { Answer } from '../portal-answer.ts'
import type { TakenItem } from './methods.ts'
import { FakeBitrixRest, isAboutMessages, post } from './portal.ts'

const TELEGRAM = 'hub_telegram'
const STATUS_METHODS = ['imconnector.send.status.delivery', 'imconnector.send.status.reading']

/** Bitrix24 with an installed application, as the contract suite over dialects uses it. */
export class BitrixRestPortalOfSuite implements DialectPortal {
  readonly #server: FakeBitrixRest
  /** The proof of a form by the name that the suite gave the call. */
  readonly #forms = new Map<string, string>()

  private constructor(server: FakeBitrixRest) {
    this.#server = server
  }

  static async start(): Promise<BitrixRestPortalOfSuite> {
    const server = await FakeBitrixRest.start()
    server.methods.switchOn(TELEGRAM, '12')
    return new BitrixRestPortalOfSuite(server)
  }

  get url(): string {
    return this.#server.url
  }

  get settings(): Readonly<Record<string, string>> {
    const { host, memberId, tokens } = this.#server
    const { clientId, clientSecret } = tokens
    return { clientId, clientSecret, domain: host, memberId }
  }

  secrets(): readonly string[] {
    const { tokens, applicationToken } = this.#server
    return [tokens.clientSecret, applicationToken, ...tokens.all]
  }

  registered(): void {
    // The portal names itself by its member_id.
  }

  /** As if the application had been installed a moment ago; with wrong credentials an hour ago, so that they are needed. */
  async install(memory: DialectMemory, portalId: string, isWrong = false): Promise<void> {
    const { tokens, url, memberId, applicationToken } = this.#server
    const pair = tokens.issue({ lifeMs: isWrong ? -1 : 3600_000 })
    const now = tokens.now()
    const stored = {
      ...pair,
      expiresAt: now + (isWrong ? -1 : 3600_000),
      endpoint: `${url}/rest/`,
      server: `${url}/rest/`,
      since: now,
      memberId,
    }
    await memory.portals.write(portalId, [
      { name: 'tokens', value: JSON.stringify(stored) },
      { name: 'application-token', value: applicationToken },
    ])
  }

  types(): readonly string[] {
    return this.#items().flatMap((item) => typeOf(item))
  }

  texts(): readonly (string | undefined)[] {
    return this.#items().map(({ item }) => item.message?.text)
  }

  /** The method says nothing of the reason. */
  goodbyes(): readonly string[] {
    return this.#errorsSet().map(() => 'displaced')
  }

  healths(): readonly string[] {
    return this.#errorsSet().map(() => 'broken')
  }

  refused(): number {
    return this.#server.tokens.refused
  }

  answerNext(...answers: readonly Answer[]): void {
    this.#server.script.push(...answers)
  }

  /** Methods that were called, in order. */
  calls(): readonly string[] {
    return this.#server.calls.map(({ method }) => method)
  }

  async call(
    hub: TestHub,
    method: string,
    params: object,
    forgery: Forgery = {},
  ): Promise<DialectReply> {
    if (method === 'saveSettings') {
      return await this.#save(hub, params as SaveParams, forgery)
    }
    const name = method === 'ping' ? 'ONIMCONNECTORDIALOGSTART' : 'ONNOSUCHEVENT'
    const { status, body } = await this.#server.event(name, {}, { url: `${hub.url}/b24/events` })
    return { status, text: body, isDone: status === 200 && method === 'ping' }
  }

  /** By the settings page: it is opened, and its form sent. */
  async #save(
    hub: TestHub,
    { connector, line, settings }: SaveParams,
    { isForged, isStranger, requestId }: Forgery,
  ): Promise<DialectReply> {
    const page = `${hub.url}/b24/settings?connector=${connector}`
    let token = requestId === undefined ? undefined : this.#forms.get(requestId)
    if (token === undefined) {
      const opened = await this.#server.openPage(page, {
        PLACEMENT_OPTIONS: JSON.stringify({ LINE: Number(line) }),
      })
      token = /name="hub_token" value="([^"]+)"/.exec(opened.body)?.[1]
      if (token === undefined) return { status: opened.status, text: opened.body, isDone: false }
      if (requestId !== undefined) this.#forms.set(requestId, token)
    }
    const [text = '', signature = ''] = token.split('.')
    const strange = Buffer.from('{"portalId":"prt_nobody","line":"12","nonce":"x","until":9e15}')
    const sent = isStranger
      ? `${strange.toString('base64url')}.${signature}`
      : `${text}.${isForged ? 'x' : ''}${signature}`
    const fields = Object.entries(settings).map(([key, value]) => [`field_${key}`, value] as const)
    const { status, body } = await post(page, {
      hub_token: sent,
      hub_action: 'save',
      ...Object.fromEntries(fields),
    })
    return { status, text: body, isDone: status === 200 && !body.includes('Not saved') }
  }

  #items(): TakenItem[] {
    return this.#server.calls.flatMap(({ method, params }) => {
      if (!isAboutMessages(method) || method === 'imconnector.set.error') return []
      const items = params['MESSAGES'] as readonly TakenItem['item'][]
      return items.map((item) => ({ method, connector: '', line: '', item }))
    })
  }

  #errorsSet() {
    return this.#server.calls.filter(({ method }) => method === 'imconnector.set.error')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }
}

interface SaveParams {
  readonly connector: string
  readonly line: string
  readonly settings: Readonly<Record<string, string>>
}

/** What the hub tells by a text of its own has an id that begins with the event's type. */
function typeOf({ method, item }: TakenItem): string[] {
  if (method === 'imconnector.update.messages') return ['message.updated']
  if (method === 'imconnector.delete.messages') return ['message.deleted']
  if (STATUS_METHODS.includes(method)) return ['message.status']
  const [, type] = /^([a-z.]+):evt_/.exec(String(item.message?.id)) ?? []
  return [type ?? 'message.new']
}
