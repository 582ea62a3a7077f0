import type { MetaCall } from './meta-server.ts'

/** One call of the Graph API as the fake got it. */
export interface GraphRecord extends MetaCall {
  /** Behind the version: `me/messages`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly json: Record<string, unknown>
}

interface FakeSubscription {
  callbackUrl: string
  readonly verifyToken: string
  fields: string
  /** Meta has given the address up. */
  isInactive?: true
}

export interface FakeApp {
  readonly id: string
  readonly secret: string
  /** By `object`: what POST /{app}/subscriptions has set. */
  readonly subscriptions: Map<string, FakeSubscription>
}

export interface FakeAccount {
  readonly id: string
  readonly token: string
  readonly app: FakeApp
  readonly name: string
  readonly username?: string
  /** Fields of its own webhook subscription; absent: none. */
  subscribed?: string
  /** What the token may do; all that is needed if absent. */
  scopes?: readonly string[]
}

export interface FakePerson {
  readonly fields: Readonly<Record<string, string>>
}

/** What an edge of the fake sees of it. */
export interface GraphState {
  readonly accounts: readonly FakeAccount[]
  readonly people: ReadonlyMap<string, FakePerson>
  /** Attachments of messages, for GET /{mid}. */
  readonly attachments: ReadonlyMap<string, readonly object[]>
  shakeHands(callbackUrl: string, verifyToken: string): Promise<boolean>
  nextMessageId(): string
}
