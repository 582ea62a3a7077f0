import { given } from '../../core/given.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Lead } from '../../db/communications/leads.ts'

/** What templates and code see of a recipient: contract §3, and what else the channel has told. */
export function leadScope(lead: Lead): JsonObject {
  const { id, name, lastName, username, phone, email, url, picture } = lead.person
  return {
    lead: lead.lead,
    chat: lead.chatId,
    ...given({ userId: id, name, lastName, username, phone, email, url, picture }),
    ...given({ language: lead.language }),
    tags: lead.tags,
    attributes: lead.attributes,
    ...given({
      lastSeenAt: lead.lastSeenAt === undefined ? undefined : iso(lead.lastSeenAt),
      blockedAt: lead.blockedAt === undefined ? undefined : iso(lead.blockedAt),
    }),
  }
}

const iso = (at: number): string => new Date(at).toISOString()
