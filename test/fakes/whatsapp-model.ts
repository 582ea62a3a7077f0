import type { MetaCall } from './meta-server.ts'

/** One call as the fake got it. */
export interface WhatsAppRecord extends MetaCall {
  readonly provider: 'cloud' | '360dialog'
  /** Behind the version, or the root: `106/messages`, `v1/configs/webhook`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly json: Readonly<Record<string, unknown>>
}

export interface FakeMetaApp {
  readonly secret: string
  /** Accounts whose webhooks it hears. */
  readonly subscribed: Set<string>
  /** Where Meta posts what has no address of its own. */
  callbackUrl?: string
}

/** A business phone number; it can be had by Meta's token and by 360dialog's key. */
export interface FakeNumber {
  readonly id: string
  readonly wabaId: string
  token: string
  apiKey: string
  readonly app: FakeMetaApp
  readonly name: string
  readonly display: string
  /** Meta: the number's own callback address. */
  override?: string
  /** Meta: `FLAGGED`, `RESTRICTED` …; `CONNECTED` if absent. */
  status?: string
  /** Meta: `YELLOW`, `RED`; `GREEN` if absent. */
  quality?: string
  /** Meta: why its account is blocked. */
  blockedFor?: string
  webhook?: { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  isHealthHidden?: true
  /** By phone number and by user id: when they last wrote, epoch milliseconds. */
  readonly people: Map<string, { wroteAt?: number }>
  /** Ids of messages that can be marked as read. */
  readonly received: Set<string>
}

export interface FakeTemplate {
  readonly name: string
  readonly language: string
  readonly status: string
  readonly category: string
  readonly components: readonly object[]
}

/** What an edge of the fake sees of it. */
export interface WhatsAppState {
  readonly url: string
  readonly numbers: readonly FakeNumber[]
  /** By account. */
  readonly templates: ReadonlyMap<string, readonly FakeTemplate[]>
  readonly media: ReadonlyMap<string, unknown>
  now(): number
  describeMedia(id: string, root: string): object
  shakeHands(url: string, verifyToken: string): Promise<boolean>
  nextMessageId(): string
}
