import type { ParsedUpdate } from '#core/connector.ts'
import { digest } from '#kit/parsed.ts'

/**
 * Meta repeats what was not answered for up to a week:
 * https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks; older texts say hours.
 */
const REPEATS_FOR_MS = 7 * 24 * 3600 * 1000

/**
 * What the pieces of one webhook body hold, as one update. Repeats may be gathered differently, so a single piece is known
 * by its own key; `account` stands in it, should the line get another one. `nothing`: why there is no piece at all.
 */
export function joinPieces(
  update: unknown,
  account: string,
  pieces: readonly ParsedUpdate[],
  nothing: string | undefined,
): ParsedUpdate {
  const keys = pieces.map(({ key }) => key)
  const [only = digest(update)] = keys
  const events = pieces.flatMap((piece) => piece.events)
  const conversations = pieces.flatMap((piece) => piece.conversations ?? [])
  const unreadable = pieces.flatMap((piece) => piece.unreadable ?? [])
  const chats = new Set(pieces.flatMap(({ afterSendsTo = [] }) => afterSendsTo))
  const ignoredPiece = pieces.find((piece) => piece.ignored)
  const ignored = nothing ?? ignoredPiece?.ignored
  const about = ignoredPiece?.about
  return {
    key: `${account}:${keys.length > 1 ? digest(keys) : only}`,
    events,
    ...(conversations.length > 0 ? { conversations } : {}),
    ...(unreadable.length > 0 ? { unreadable } : {}),
    ...(events.length === 0 && ignored !== undefined ? { ignored, ...(about && { about }) } : {}),
    ...(chats.size > 0 ? { afterSendsTo: [...chats] } : {}),
    repeatsForMs: REPEATS_FOR_MS,
  }
}
