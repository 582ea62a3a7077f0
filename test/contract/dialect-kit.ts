import type { DialectMemory } from '../../src/core/dialect-memory.ts'
import type { Answer } from '../fakes/portal-answer.ts'
import type { TestHub } from '../helpers/hub.ts'

/** A portal of one make, on a real socket, as the contract suite over dialects uses it. */
export interface DialectPortal extends AsyncDisposable {
  readonly url: string
  /** Values of the dialect's fields. */
  readonly settings: Readonly<Record<string, string>>
  /** What must show up in no log and no answer. */
  secrets(): readonly string[]
  /** It was added to a hub. */
  registered(made: { readonly id: string; readonly secret: string }): void
  /** Hands over, where this make of portal does so by itself, what the hub needs to speak to it; `isWrong`: what doesn't hold. */
  install?(memory: DialectMemory, portalId: string, isWrong?: boolean): Promise<void>
  /** Types of all items that came in with good credentials, in order, repeats included. */
  types(): readonly string[]
  /** Texts of the messages among them. */
  texts(): readonly (string | undefined)[]
  /** Reasons of the goodbyes. */
  goodbyes(): readonly string[]
  /** States of the lines that it was told of, in order. Absent where the dialect has no place for them. */
  healths?(): readonly string[]
  /** How many requests came with credentials that don't hold. */
  refused(): number
  /** How the next posts are answered, one each; what comes after is taken. */
  answerNext(...answers: readonly Answer[]): void
  /** Calls a remote method of the hub. */
  call(hub: TestHub, method: string, params: object, forgery?: Forgery): Promise<DialectReply>
}

export interface DialectReply {
  readonly status: number
  /** The method was carried out. */
  readonly isDone: boolean
  readonly text: string
}

/** What is wrong with a call, or (`requestId`) by what name it goes. */
export interface Forgery {
  readonly isForged?: true
  readonly isStranger?: true
  readonly requestId?: string
}

export interface DialectKit {
  startPortal(): Promise<DialectPortal>
  /** Answers that mean anything but success, besides those that every dialect must refuse. */
  readonly brokenAnswers: Readonly<Record<string, Answer>>
  /** The key by which such a portal knows a message of its own; any text if absent. */
  readonly statusKey?: string
  /** The portal's own code looks at the body alone: refusals come with HTTP 200. */
  readonly refusesInBody?: true
  /** The portal's calls have no name of their own, and nothing that it calls does harm when it comes again. */
  readonly repeatsAreHarmless?: true
  /** What such a portal has done, if it can't call the remote methods by their names. */
  readonly deeds?: DoorDeeds
}

/** Something that a portal's call does, and that can be counted. */
export interface DoorDeeds {
  /** Sees to what has to be there first; what it gives goes with the hub. */
  prepare?(hub: TestHub, portal: DialectPortal, portalId: string): Promise<AsyncDisposable>
  /** The same index is the same deed. */
  deed(index: number): readonly [method: string, params: object]
  count(hub: TestHub): Promise<number>
  /** A call that comes again isn't refused, for such a portal would take that for a failure: nothing is done. */
  readonly areReplaysAnswered?: true
}
