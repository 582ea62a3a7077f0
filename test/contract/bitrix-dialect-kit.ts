import { toPortalConnector } from '../../src/portal/dialects/bitrix/connector-ids.ts'
import {
  deepMemberOf,
  memberOf,
  type PhpValue,
  textOf,
} from '../../src/portal/dialects/bitrix/wire/php-value.ts'
import type { Order } from '../fakes/bitrix/caller.ts'
import { credentialsOf } from '../fakes/bitrix/credentials.ts'
import type { Posted } from '../fakes/bitrix/handler.ts'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import type { Answer } from '../fakes/portal-answer.ts'
import type { TestHub } from '../helpers/hub.ts'
import type { DialectPortal, DialectReply, Forgery } from './dialect-kit.ts'

const DEACTIVATE = 'deactivateConnector'
/** Items of these kinds stand for these types; what goes as words is known by how it begins. */
const TYPES: Readonly<Record<string, string>> = {
  message_update: 'message.updated',
  message_del: 'message.deleted',
  typing_start: 'chat.typing',
  command_start: 'chat.started',
  message_deny: 'chat.blocked',
  message_allow: 'chat.unblocked',
}
const WORDS: readonly (readonly [string, string])[] = [
  ['[b]Reaction', 'reaction'],
  ['[b]Button', 'button'],
  ['[b]The messenger has sent', 'unsupported'],
]

/** A Bitrix24 portal, as the contract suite over dialects uses it. */
export class BitrixPortalOfSuite implements DialectPortal {
  readonly #server: FakeBitrix

  private constructor(server: FakeBitrix) {
    this.#server = server
  }

  static async start(): Promise<BitrixPortalOfSuite> {
    return new BitrixPortalOfSuite(await FakeBitrix.start())
  }

  get url(): string {
    return this.#server.url
  }

  get settings(): Readonly<Record<string, string>> {
    return { ...this.#server.settings, version: 'auto' }
  }

  secrets(): readonly string[] {
    return [this.#server.credentials.keyHash]
  }

  registered(): void {
    // Such a portal names itself by its licence.
  }

  types(): readonly string[] {
    return this.#events().flatMap(({ command, items }) =>
      items.map((item) => typeOf(command, item)),
    )
  }

  texts(): readonly (string | undefined)[] {
    return this.#events().flatMap(({ items }) =>
      items.map((item) => textOf(deepMemberOf(item, 'message', 'text'))),
    )
  }

  /** The command has no place for the reason: it is one mark for all of them. */
  goodbyes(): readonly string[] {
    return this.#deactivations().map(() => 'displaced')
  }

  healths(): readonly string[] {
    return this.#deactivations().map(() => 'broken')
  }

  refused(): number {
    return this.#server.refused
  }

  answerNext(...answers: readonly Answer[]): void {
    this.#server.script.push(...answers)
  }

  async call(
    hub: TestHub,
    method: string,
    params: object,
    { isForged, isStranger }: Forgery = {},
  ): Promise<DialectReply> {
    const other = credentialsOf('ANOTHER-KEY')
    const { status, text, body } = await this.#server.call(
      hub.url,
      toOrder(method, { ...params }),
      {
        ...(isForged ? { keyHash: other.keyHash } : {}),
        ...(isStranger ? other : {}),
      },
    )
    return { status, text, isDone: body.OK === true }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }

  #events(): readonly Posted[] {
    return this.#server.posts.filter(({ command }) => command !== DEACTIVATE)
  }

  #deactivations(): readonly Posted[] {
    return this.#server.posts.filter(({ command }) => command === DEACTIVATE)
  }
}

function typeOf(command: string, item: PhpValue): string {
  if (command === 'receivingStatusDelivery' || command === 'receivingError') return 'message.status'
  if (command === 'receivingStatusBlock') {
    return TYPES[textOf(deepMemberOf(item, 'message', 'type')) ?? ''] ?? command
  }
  const type = TYPES[textOf(memberOf(item, 'type_message')) ?? '']
  const text = textOf(deepMemberOf(item, 'message', 'text')) ?? ''
  return type ?? WORDS.find(([start]) => text.startsWith(start))?.[1] ?? 'message.new'
}

/** Our own methods in the portal's words; what it has no word for keeps its name. */
function toOrder(
  method: string,
  params: { readonly connector?: string; readonly line?: string; readonly settings?: object },
): Order {
  const { connector: own = 'telegram', line = '1', settings } = params
  const connector = toPortalConnector(own) ?? own
  if (method === 'ping')
    return { command: 'infoConnectorsLine', connector: 'all', line: '', args: ['1'] }
  if (method === 'saveSettings') {
    const { token = '' } = settings as { readonly token?: string }
    return { command: method, connector, line, args: [{ api_token: token }] }
  }
  return { command: method, connector, line }
}
