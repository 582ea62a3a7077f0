import type { FakeTokens } from './tokens.ts'

export interface RestReply {
  readonly status: number
  readonly body: object
}

/** An item of a message method, with the call it came in. */
export interface TakenItem {
  readonly method: string
  readonly connector: string
  readonly line: string
  readonly item: {
    readonly user?: Readonly<Record<string, unknown>>
    readonly message?: {
      readonly id?: unknown
      readonly text?: string
      readonly files?: readonly { readonly url: string; readonly name?: string }[]
    }
    readonly chat?: { readonly id?: string; readonly name?: string }
    readonly im?: { readonly chat_id: number; readonly message_id: number }
  }
}

interface LineState {
  isActive: boolean
  isError: boolean
  data: Record<string, unknown>
}

/** What one portal holds of an application, and what the methods do to it. The quirks are the module's own. */
export class FakeMethods {
  readonly tokens: FakeTokens
  readonly connectors = new Map<string, Record<string, unknown>>()
  readonly handlers = new Map<string, string>()
  readonly lines = new Map<string, LineState>()
  /** Items that were taken: what operators see. */
  readonly taken: TakenItem[] = []
  /** Message ids that the portal refuses, with the reason. */
  readonly refusing = new Map<string, string>()
  /** Methods that fail, with the code. */
  readonly failing = new Map<string, string>()
  /** `app.info` leaves the application's code out. */
  isNameless = false
  /** Whose tokens these are, if not ours. */
  code: string

  constructor(tokens: FakeTokens) {
    this.tokens = tokens
    this.code = tokens.clientId
  }

  /** Without having called anything: the line is switched on. */
  switchOn(connector: string, line: string): void {
    this.lines.set(`${connector}|${line}`, { isActive: true, isError: false, data: {} })
  }

  stateOf(connector: string, line: string): LineState | undefined {
    return this.lines.get(`${connector}|${line}`)
  }

  call(method: string, params: Readonly<Record<string, unknown>>): RestReply {
    const code = this.failing.get(method)
    if (code !== undefined) return failure(500, code, 'the method fails')
    switch (method) {
      case 'app.info':
        return result({ ID: 1, ...(this.isNameless ? {} : { CODE: this.code }), STATUS: 'L' })
      case 'profile':
        return result({ ID: '1', ADMIN: this.tokens.isAdmin(params['auth']) })
      case 'imconnector.register':
        return this.#register(params)
      case 'event.bind':
        return this.#bind(params)
      case 'imconnector.activate':
        return this.#activate(params)
      case 'imconnector.connector.data.set':
        return this.#setData(params)
      case 'imconnector.set.error':
        return this.#setError(params)
      case 'imconnector.send.messages':
      case 'imconnector.update.messages':
      case 'imconnector.delete.messages':
        return this.#messages(method, params)
      case 'imconnector.send.status.delivery':
      case 'imconnector.send.status.reading':
        return this.#statuses(method, params)
      default:
        return failure(404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!')
    }
  }

  /** Errors come inside of a success. */
  #register(params: Readonly<Record<string, unknown>>): RestReply {
    const id = String(params['ID'] ?? '')
    const problem = registrationProblem(id, params)
    if (problem !== '') {
      return result({ result: false, error: problem, error_description: 'refused' })
    }
    this.connectors.set(id.toLowerCase(), { ...params })
    return result({ result: true })
  }

  #bind({ event, handler }: Readonly<Record<string, unknown>>): RestReply {
    const name = String(event).toUpperCase()
    if (this.handlers.get(name) === handler) {
      return failure(400, 'ERROR_EVENT_BINDING', 'Handler already binded')
    }
    this.handlers.set(name, String(handler))
    return result(true)
  }

  #activate(params: Readonly<Record<string, unknown>>): RestReply {
    const key = keyOf(params)
    if (Number(params['ACTIVE']) === 1) {
      const { data } = this.lines.get(key) ?? { data: {} }
      this.lines.set(key, { isActive: true, isError: false, data })
    } else this.lines.delete(key)
    return result(true)
  }

  /** Merged; empty values change nothing. */
  #setData(params: Readonly<Record<string, unknown>>): RestReply {
    const line = this.lines.get(keyOf(params))
    if (!line) return failure(400, 'ERROR_ARGUMENT', 'no such line')
    for (const [name, value] of Object.entries(params['DATA'] as object)) {
      if (value) line.data[name] = value
    }
    return result(true)
  }

  /** A line that the portal doesn't know gets a row with an error, too. */
  #setError(params: Readonly<Record<string, unknown>>): RestReply {
    const known = this.lines.get(keyOf(params))
    this.lines.set(keyOf(params), { isActive: false, data: {}, ...known, isError: true })
    return result({ SUCCESS: true, DATA: [] })
  }

  #messages(method: string, params: Readonly<Record<string, unknown>>): RestReply {
    const items = params['MESSAGES'] as readonly TakenItem['item'][]
    const isWhole = items.every(({ user, message, chat }) => user && message && chat)
    if (!isWhole) return failure(400, 'ERROR_ARGUMENT', 'every message needs user, message, chat')
    const line = this.lines.get(keyOf(params))
    if (!line?.isActive || line.isError)
      return failure(400, 'NOT_ACTIVE_LINE', 'line is not active')
    return result({
      SUCCESS: true,
      DATA: { RESULT: items.map((item) => this.#take(method, params, item)) },
    })
  }

  #take(
    method: string,
    params: Readonly<Record<string, unknown>>,
    item: TakenItem['item'],
  ): object {
    const { user, message, chat } = item
    const isRemoval = method === 'imconnector.delete.messages'
    const hasContent = isRemoval || Boolean(message?.text) || Boolean(message?.files?.length)
    const reason =
      this.refusing.get(String(message?.id)) ??
      (user?.['id'] && chat?.id && hasContent ? undefined : 'IMCONNECTOR_EMPTY_ITEM')
    if (reason !== undefined) {
      return { ...item, SUCCESS: false, ERRORS: [{ code: reason, message: 'refused' }] }
    }
    this.taken.push({ ...named(params), method, item })
    return { user: '585', message, chat, SUCCESS: true, session: { ID: 3, CHAT_ID: 1807 } }
  }

  #statuses(method: string, params: Readonly<Record<string, unknown>>): RestReply {
    for (const item of params['MESSAGES'] as readonly TakenItem['item'][]) {
      if (!Array.isArray(item.message?.id)) return failure(400, 'ERROR_ARGUMENT', 'id is no list')
      this.taken.push({ ...named(params), method, item })
    }
    return result({ SUCCESS: true, DATA: [] })
  }
}

function registrationProblem(id: string, params: Readonly<Record<string, unknown>>): string {
  if (id === '' || id.includes('.')) return 'CONNECTOR_ID_REQUIRED'
  if (!params['NAME']) return 'NAME_REQUIRED'
  if (!params['ICON']) return 'ICON_REQUIRED'
  if (!params['PLACEMENT_HANDLER']) return 'NO_PLACEMENT_HANDLER'
  const isTyped = typeof params['CHAT_GROUP'] === 'boolean'
  return isTyped ? '' : 'GENERAL_CONNECTOR_REGISTRATION_ERROR'
}

export function named(params: Readonly<Record<string, unknown>>): {
  connector: string
  line: string
} {
  return { connector: String(params['CONNECTOR']), line: String(params['LINE']) }
}

function keyOf(params: Readonly<Record<string, unknown>>): string {
  const { connector, line } = named(params)
  return `${connector}|${line}`
}

function result(value: unknown): RestReply {
  return { status: 200, body: { result: value, time: { start: 1, finish: 1 } } }
}

export function failure(status: number, error: string, words: string): RestReply {
  return { status, body: { error, error_description: words } }
}
