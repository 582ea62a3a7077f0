import type { Words } from './language.ts'

/**
 * How a channel is connected, for an administrator who is no programmer: data, shown by the console's wizard. Texts are plain; what
 * stands between backquotes is to be typed or looked for as it is.
 */
export interface ConnectorGuide {
  /** What one must have before one begins, a thing each. */
  readonly needs: readonly Words[]
  readonly steps: readonly GuideStep[]
  /** Said when the line is connected and waits for its first message: how to write to it. */
  readonly firstMessage: Words
}

/**
 * `text`: ready to be pasted, with `{origin}` where the hub is reached, `{hash}` of the line and `{webhookUrl}` in it.
 */
export type GuideCopy =
  | 'webhookUrl'
  | { readonly field: string }
  | { readonly text: string; readonly label: Words }

export interface GuideStep {
  readonly title: Words
  readonly text: Words
  /** Keys of the settings that this step gives; each required one is in some step. */
  readonly fields?: readonly string[]
  /** The place at the channel where this step is done. */
  readonly link?: { readonly url: string; readonly label: Words }
  /** What of the line's own is to be copied to the channel in this step: its webhook's address, a setting that the hub has made, or a text. */
  readonly copies?: readonly GuideCopy[]
  /** Only while a setting has one of these values; its default counts as its value. */
  readonly showIf?: { readonly field: string; readonly equals: readonly string[] }
}
