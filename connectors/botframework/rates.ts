import type { SendRate, SendRates } from '#core/connector.ts'

/**
 * Teams, per bot and conversation:
 * https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
 */
const TEAMS_CONVERSATION: readonly SendRate[] = [
  { count: 7, perMs: 1000 },
  { count: 8, perMs: 2000 },
  { count: 60, perMs: 30_000 },
  { count: 1800, perMs: 3_600_000 },
]
/** Teams, per app and tenant; a line that serves several tenants stays below it all the same. */
const TEAMS_LINE: readonly SendRate[] = [{ count: 50, perMs: 1000 }]

/**
 * What a channel allows, as far as it says so; the others are obeyed when they answer 429. The parent serves every
 * channel: it knows Teams' conversations by the form of their ids.
 */
export function ratesOf(channelId: string | undefined): SendRates {
  if (channelId === 'msteams') return { line: TEAMS_LINE, chat: () => TEAMS_CONVERSATION }
  if (channelId !== undefined) return { line: [], chat: () => [] }
  return { line: [], chat: (chatId) => (isTeams(chatId) ? TEAMS_CONVERSATION : []) }
}

/** `19:…@thread.v2` and `a:…`: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-basics */
function isTeams(chatId: string): boolean {
  return /(?:^|\|)(?:19:|a:)/.test(chatId)
}
