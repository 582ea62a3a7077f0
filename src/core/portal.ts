import type { Language } from './language.ts'
import type { SettingValues } from './settings.ts'

export const TEXT_FORMATS = ['bbcode', 'markdown', 'html', 'plain'] as const
export const EMOJI_FORMATS = ['shortname', 'unicode'] as const

/** How a portal wants the text of its events, and writes that of its messages. */
export interface TextFormat {
  /** `bitrix`: of the dialects for Bitrix24 alone, whose BBCode is another one. */
  readonly text: (typeof TEXT_FORMATS)[number] | 'bitrix'
  readonly emoji: (typeof EMOJI_FORMATS)[number]
}

/** `disabled`: until somebody enables it. `removing`: for good, it goes when its lines' webhooks are undone. */
export type SwitchedOff = 'disabled' | 'removing'

export const PORTAL_DEFAULTS = {
  dialogIdleMs: 30 * 60_000,
  timeZone: 'UTC',
  notificationRate: 20,
} as const satisfies Partial<Portal>

export interface Portal {
  /** `prt_…` */
  readonly id: string
  readonly name: string
  readonly url: string
  readonly format: TextFormat
  /** What its administrators are spoken to in. */
  readonly language: Language
  /** The id of the dialect it speaks (portal/dialects/index.ts). */
  readonly dialect: string
  /** The dialect's own fields, as they were entered. */
  readonly settings: SettingValues
  /**
   * CIDRs: of the private networks that the hub may reach, those that are reached for this portal, at its own address, at
   * its lines' channels and for its files. Absent: all of them.
   */
  readonly allowedTargets?: readonly string[]
  /** How long nobody has written when nobody is talking any more; PORTAL_DEFAULTS if absent, like the next two. */
  readonly dialogIdleMs?: number
  /** A name of the IANA's. */
  readonly timeZone?: string
  /** Notifications in a second, all its slots together. */
  readonly notificationRate?: number
  /** Its calls are refused and nothing goes to it or out for it. Absent: it is in service. */
  readonly switchedOff?: SwitchedOff
  /** Current secret first; the previous one follows while it is still valid. `whsec_…` */
  readonly secrets: readonly string[]
  /** Of a portal that is calling: the secret that has signed the call. Absent where its make of portal signs with none of ours. */
  readonly calledWith?: string
}
