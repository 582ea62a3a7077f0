import type { Capabilities } from '#core/connector.ts'
import { lookUp } from '#kit/look-up.ts'
import type { TextDialect } from './outbound-text.ts'

/** What differs from messenger to messenger behind the one Bot Connector API. */
export interface ChannelProfile {
  readonly title: string
  /** UTF-16 units in one activity's text. */
  readonly textLimit: number
  readonly dialect: TextDialect
  /** `images`: pictures are shown, other files become their link. */
  readonly files: 'native' | 'images' | 'link'
  /** Absent: a numbered list. */
  readonly buttons?: ButtonRules
  readonly edit: boolean
  readonly delete: boolean
  readonly typing: boolean
  readonly reactions: boolean
  readonly statuses?: Capabilities['statuses']
}

export interface ButtonRules {
  /** `card`: an activity of its own with a hero card; `suggested`: quick replies under the text. */
  readonly as: 'card' | 'suggested'
  readonly max: number
  readonly urls: boolean
  /** Does the channel hand a payload back in an activity's `value`, and not as if the person had typed it? */
  readonly valueObjects: boolean
}

const NOTHING = { edit: false, delete: false, typing: false, reactions: false } as const

/** A channel that isn't in the table: what can be relied on anywhere. */
export const UNKNOWN_CHANNEL: ChannelProfile = {
  ...NOTHING,
  title: 'Bot Framework channel',
  textLimit: 2000,
  dialect: 'plain',
  files: 'native',
  edit: true,
  delete: true,
}

/**
 * Button limits and edit/delete: the channels reference of bot-docs (2024-10). Text limits: the messenger's own; Teams:
 * 28 KB for the whole payload counted as UTF-16, less 4 KB for the envelope; DirectLine: 256 KiB of UTF-8, three bytes a
 * unit at worst.
 */
export const CHANNELS: Readonly<Record<string, ChannelProfile>> = {
  msteams: {
    title: 'Microsoft Teams',
    textLimit: 12_000,
    dialect: 'teams',
    files: 'images',
    buttons: { as: 'card', max: 3, urls: true, valueObjects: true },
    edit: true,
    delete: true,
    typing: true,
    reactions: true,
    statuses: ['read', 'noAccount'],
  },
  skype: {
    ...NOTHING,
    title: 'Skype',
    textLimit: 8000,
    dialect: 'skype',
    files: 'native',
    edit: true,
    typing: true,
  },
  slack: {
    ...NOTHING,
    title: 'Slack (Bot Framework)',
    textLimit: 4000,
    dialect: 'slack',
    files: 'native',
    buttons: { as: 'card', max: 100, urls: true, valueObjects: false },
    edit: true,
    delete: true,
  },
  telegram: {
    ...NOTHING,
    title: 'Telegram (Bot Framework)',
    textLimit: 4096,
    dialect: 'telegram',
    files: 'native',
    buttons: { as: 'suggested', max: 100, urls: false, valueObjects: false },
    edit: true,
    typing: true,
  },
  facebook: {
    ...NOTHING,
    title: 'Facebook Messenger (Bot Framework)',
    textLimit: 2000,
    dialect: 'plain',
    files: 'native',
    buttons: { as: 'suggested', max: 11, urls: false, valueObjects: false },
    typing: true,
    reactions: true,
  },
  line: {
    ...NOTHING,
    title: 'LINE (Bot Framework)',
    textLimit: 5000,
    dialect: 'plain',
    files: 'native',
    buttons: { as: 'suggested', max: 13, urls: false, valueObjects: false },
  },
  groupme: {
    ...NOTHING,
    title: 'GroupMe (Bot Framework)',
    textLimit: 1000,
    dialect: 'plain',
    files: 'native',
  },
  email: {
    ...NOTHING,
    title: 'E-mail (Bot Framework)',
    textLimit: 60_000,
    dialect: 'plain',
    files: 'native',
  },
  sms: {
    ...NOTHING,
    title: 'SMS (Bot Framework)',
    textLimit: 1600,
    dialect: 'plain',
    files: 'link',
  },
  webchat: {
    ...NOTHING,
    title: 'Web Chat (Bot Framework)',
    textLimit: 60_000,
    dialect: 'markdown',
    files: 'native',
    buttons: { as: 'suggested', max: 100, urls: true, valueObjects: true },
    typing: true,
  },
  directline: {
    ...NOTHING,
    title: 'Direct Line',
    textLimit: 60_000,
    dialect: 'markdown',
    files: 'native',
    buttons: { as: 'suggested', max: 100, urls: true, valueObjects: true },
    typing: true,
  },
}

/**
 * The parent serves every channel, so it promises what most of them keep; a channel without buttons gets a list, one that
 * can't edit answers 405. Its text limit holds for every channel it writes to.
 */
export const PARENT_CAPABILITIES: Capabilities = toCapabilities({
  title: 'Bot Framework',
  textLimit: 4000,
  dialect: 'markdown',
  files: 'native',
  buttons: { as: 'card', max: 3, urls: true, valueObjects: true },
  edit: true,
  delete: true,
  typing: true,
  reactions: true,
  statuses: ['read', 'noAccount'],
})

export function profileOf(channelId: string): ChannelProfile {
  return lookUp(CHANNELS, channelId) ?? UNKNOWN_CHANNEL
}

export function toCapabilities(profile: ChannelProfile): Capabilities {
  return {
    textLimit: profile.textLimit,
    textUnit: 'utf16',
    files: profile.files === 'native' ? 'native' : 'link',
    buttons: profile.buttons ? 'native' : 'list',
    replies: true,
    location: 'text',
    contact: 'text',
    edit: profile.edit,
    delete: profile.delete,
    typing: profile.typing,
    markRead: false,
    reactions: profile.reactions,
    // The service has codes of its own for it, whatever the messenger.
    statuses: profile.statuses ?? ['noAccount'],
    webhookInstall: false,
    polling: false,
  }
}
