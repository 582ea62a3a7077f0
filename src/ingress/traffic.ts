import type { ParsedUpdate } from '../core/connector.ts'
import type { HttpReply, RawRequest } from '../core/http.ts'
import type { ActiveLine, WebhookAddress } from '../lines/directory.ts'
import type { CommitDeps } from './commit.ts'
import { fitEvent } from './fit-event.ts'

/** One update of a line, as it was read from a genuine request. */
export interface SeenUpdate {
  readonly active: ActiveLine
  readonly receivedAt: number
  /** Absent: the request is genuine, but holds no update that can be read. */
  readonly update?: unknown
  /** Absent: it could not be read. */
  readonly parsed?: ParsedUpdate
}

/** What comes to light about a request while it is worked on. */
export interface Sight {
  /** What was seen before is void: the request is read anew. */
  begin(): void
  see(update: SeenUpdate): void
  /** Pieces that are about nobody here. */
  passOver(pieces: number): void
}

/** Whoever watches what comes from channels, while any line is traced. */
export interface Traffic {
  readonly isIdle: boolean
  /** `take` is to be called once, and what it gives or throws is given or thrown. */
  watch(
    request: RawRequest,
    address: WebhookAddress,
    take: (sight: Sight) => Promise<HttpReply>,
  ): Promise<HttpReply>
  polled(update: SeenUpdate): void
}

/**
 * The events of an update as the portal would read them, as JSON, without what only the hub itself can know: names that were
 * looked up, and which of its own messages a status is about. The same update gives the same at any time.
 */
export function eventsOf(
  { parsed, active }: Pick<SeenUpdate, 'parsed' | 'active'>,
  { render }: Pick<CommitDeps, 'render'>,
): string[] {
  return (parsed?.events ?? []).map((event) => render(fitEvent(event), active).payload)
}
