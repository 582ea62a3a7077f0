import type { SettingValues } from './settings.ts'

/** What a connector sees of a line. `S` are the connector's own parsed settings. */
export interface Line<S = unknown> {
  readonly id: number
  readonly connector: string
  readonly settings: S
  /** 32 characters `[A-Za-z0-9_-]` chosen by the hub for channels that echo or sign with a secret of ours. */
  readonly webhookSecret: string
  /** The address the channel posts to; holds the line's hash. */
  readonly webhookUrl: string
  /** The channel's own id of what is connected, once a testConnect has succeeded. */
  readonly identity?: string
  /** The settings as they are stored: whoever writes down what was said to the channel finds the secrets in them. */
  readonly values?: SettingValues
}

/**
 * `saved`: never tested since its credentials changed. `failing`: connected, but nothing gets through by the
 * channel's doing, such as refused credentials: its health says why.
 * `displaced`: another line took its identity.
 */
export type LineStatus = 'saved' | 'connected' | 'displaced' | 'failing' | 'disconnected'

/** Lines in these states take updates and are delivered; the others answer 409. */
export function takesUpdates(status: LineStatus): boolean {
  return status === 'connected' || status === 'failing'
}

/** The longest identity the store keeps. */
export const MAX_IDENTITY_LENGTH = 191

/** The longest chat id the store keeps; channels' ids stay far below. */
export const MAX_CHAT_ID_LENGTH = 512

/** The largest context of a conversation, as JSON. Its column holds 65 535 bytes; channels' contexts have some 500. */
export const MAX_CONTEXT_BYTES = 16_384

export const LINE_ID_PATTERN = /^[A-Za-z0-9_.:-]{1,64}$/
