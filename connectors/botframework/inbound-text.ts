import { plainText } from '#core/rich-text.ts'
import { lookUp } from '#kit/look-up.ts'
import type { ReadText, TextActivity } from '#text/channels/activity.ts'
import { People } from '#text/channels/mentions.ts'
import { readMessengerText } from '#text/channels/messenger.ts'
import { readSkype } from '#text/channels/skype.ts'
import { readSlackText } from '#text/channels/slack.ts'
import { readTeams, readTeamsHtml } from '#text/channels/teams.ts'
import { parseMarkdown } from '#text/markdown-reader.ts'
import { unifyNewlines } from '#text/newlines.ts'
import { readTelegram } from './inbound-telegram.ts'

/** What each channel writes; others by the activity's `textFormat`. */
const READERS: Readonly<Record<string, (activity: TextActivity) => ReadText>> = {
  msteams: readTeams,
  skype: readSkype,
  slack: (activity) => {
    const people = new People(activity.entities)
    return { text: readSlackText(lines(activity), (token) => people.takeByTag(token)) }
  },
  telegram: (activity) => ({ text: readTelegram(activity) }),
  // Messenger's clients draw what its API gives as typed.
  facebook: (activity) => ({ text: readMessengerText(lines(activity)) }),
  line: readPlain,
  groupme: readPlain,
  email: readPlain,
  sms: readPlain,
}

/** The text of an inbound activity as its channel shows it. Never throws. */
export function readText(activity: TextActivity): ReadText {
  const channelId = activity.channelId ?? ''
  const reader = lookUp(READERS, channelId)
  return reader ? reader(activity) : readByFormat(activity)
}

/**
 * Microsoft's own texts disagree on what a missing format means (plain in the activity's schema, markdown in the REST
 * reference): text that is shown as it stands loses nothing.
 */
function readByFormat(activity: TextActivity): ReadText {
  const format = activity.textFormat?.toLowerCase()
  if (format === 'markdown') return { text: parseMarkdown(lines(activity), false) }
  if (format === 'xml') return readTeamsHtml(lines(activity), activity, true)
  return readPlain(activity)
}

function readPlain(activity: TextActivity): ReadText {
  return { text: plainText(lines(activity)) }
}

function lines({ text }: TextActivity): string {
  return unifyNewlines(text)
}
