import type { Ask, Http } from './http.ts'
import type {
  Connector,
  DeadLetter,
  Dialect,
  JournalItem,
  KnownChats,
  LineDetail,
  LineItem,
  LinePage,
  LineSettings,
  MadePortal,
  OutStatus,
  Overview,
  Page,
  PortalContents,
  PortalItem,
  PortalPage,
  PortalTestResult,
  Process,
  RemovedPortal,
  RetriedLines,
  RotatedSecret,
  Session,
  TestResult,
  TracePage,
  TraceState,
} from './types.ts'

type Values = Readonly<Record<string, string>>
type Stop = Pick<Ask, 'signal'>

export interface LineQuery {
  readonly portal?: string
  readonly connector?: string
  readonly status?: string
  readonly health?: string
  readonly q?: string
  readonly limit?: number
  readonly cursor?: string
}

/** The admin API, an operation each. All reject with ApiError. */
export class Api {
  readonly http: Http

  constructor(http: Http) {
    this.http = http
  }

  session = (): Promise<Session> => this.http.ask('session')
  signIn = (token: string): Promise<Session> => this.#post('session', { token })
  signOut = (): Promise<void> => this.http.ask('session', { method: 'DELETE' })

  overview = (stop?: Stop): Promise<Overview> => this.http.ask('overview', stop)
  processes = (stop?: Stop): Promise<{ items: Process[] }> => this.http.ask('processes', stop)
  dialects = (stop?: Stop): Promise<Dialect[]> => this.http.ask('dialects', stop)
  connectors = (stop?: Stop): Promise<Connector[]> => this.http.ask('connectors', stop)

  portals = (query: LineQuery, stop?: Stop): Promise<PortalPage> =>
    this.http.ask('portals', { query: { ...query }, ...stop })
  portal = (id: string, stop?: Stop): Promise<PortalItem> =>
    this.http.ask(`portals/${seg(id)}`, stop)
  addPortal = (body: object): Promise<MadePortal> => this.#post('portals', body)
  editPortal = (id: string, body: object): Promise<PortalItem> =>
    this.http.ask(`portals/${seg(id)}`, { method: 'PATCH', body })
  rotatePortal = (id: string): Promise<RotatedSecret> => this.#post(`portals/${seg(id)}/rotate`)
  testPortal = (id: string): Promise<PortalTestResult> => this.#post(`portals/${seg(id)}/test`)
  switchPortal = (id: string, to: 'enable' | 'disable'): Promise<unknown> =>
    this.#post(`portals/${seg(id)}/${to}`)
  portalContents = (id: string, stop?: Stop): Promise<PortalContents> =>
    this.http.ask(`portals/${seg(id)}/contents`, stop)
  removePortal = (id: string): Promise<RemovedPortal> =>
    this.http.ask(`portals/${seg(id)}`, { method: 'DELETE' })

  lines = (query: LineQuery, stop?: Stop): Promise<LinePage> =>
    this.http.ask('lines', { query: { ...query }, ...stop })
  saveLine = (body: {
    readonly portal: string
    readonly connector: string
    readonly line: string
    readonly settings: Values
  }): Promise<LineItem> => this.http.ask('lines', { method: 'PUT', body })
  retryLines = (ids: readonly number[]): Promise<RetriedLines> => this.#post('lines/retry', { ids })
  line = (id: number, stop?: Stop): Promise<LineDetail> => this.http.ask(`lines/${id}`, stop)
  settings = (id: number, stop?: Stop): Promise<LineSettings> =>
    this.http.ask(`lines/${id}/settings`, stop)
  saveSettings = (id: number, settings: Values, version: string): Promise<LineSettings> =>
    this.http.ask(`lines/${id}/settings`, { method: 'PUT', body: { settings, version } })
  testLine = (id: number): Promise<TestResult> => this.#post(`lines/${id}/test`)
  act = (
    id: number,
    action: 'check' | 'retry' | 'pause' | 'resume' | 'disconnect',
    body: object = {},
  ): Promise<unknown> => this.#post(`lines/${id}/${action}`, body)

  deadLetters = (id: number, cursor?: string, stop?: Stop): Promise<Page<DeadLetter>> =>
    this.http.ask(`lines/${id}/dead-letters`, { query: { limit: 50, cursor }, ...stop })
  replay = (id: number, events?: readonly string[]): Promise<{ replayed: number }> =>
    this.#post(`lines/${id}/dead-letters/replay`, events ? { events } : {})
  deleteDeadLetters = (id: number, events?: readonly string[]): Promise<{ deleted: number }> =>
    this.#post(`lines/${id}/dead-letters/delete`, events ? { events } : {})

  messages = (query: {
    readonly id: string
    readonly line?: number | undefined
    readonly chat?: string
  }): Promise<{ items: JournalItem[] }> => this.http.ask('messages', { query: { ...query } })

  trace = (
    id: number,
    query: { readonly since?: string; readonly limit?: number } = {},
    stop?: Stop,
  ): Promise<TracePage> => this.http.ask(`lines/${id}/trace`, { query, ...stop })
  startTrace = (id: number, body: object): Promise<TraceState> =>
    this.#post(`lines/${id}/trace`, body)
  /** `isLast`: it goes on when the window is closed at once. */
  stopTrace = (id: number, isLast = false): Promise<unknown> =>
    this.http.ask(`lines/${id}/trace`, { method: 'DELETE', isLast })

  chats = (id: number, q: string, stop?: Stop): Promise<KnownChats> =>
    this.http.ask(`lines/${id}/chats`, { query: { q }, ...stop })
  send = (id: number, body: object): Promise<{ id: string }> =>
    this.#post(`lines/${id}/messages`, body)
  sent = (id: number, out: string): Promise<OutStatus> =>
    this.http.ask(`lines/${id}/messages/${seg(out)}`)

  /** A remote method, as the portal itself would call it. */
  call = async <T>(portal: string, method: string, params: object = {}): Promise<T> => {
    const path = `portals/${seg(portal)}/methods/${method}`
    const { result } = await this.#post<{ result: T }>(path, params)
    return result
  }

  #post<T>(path: string, body: object = {}): Promise<T> {
    return this.http.ask(path, { method: 'POST', body })
  }
}

const seg = encodeURIComponent
