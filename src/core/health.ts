/**
 * `ok`: messages get through as far as anybody can tell. `degraded`: it works, but somebody should look. `broken`: messages
 * don't get through. `unknown`: not looked at yet, or there is nobody to ask.
 */
export type HealthState = 'ok' | 'degraded' | 'broken' | 'unknown'

/** Who can mend it, or where: `none` means that only waiting helps. */
export type HealthAction =
  | 'credentials'
  | 'reconnect'
  | 'permissions'
  | 'channel'
  | 'portal'
  | 'none'

/**
 * What is wrong with a line, as a check of its connector finds it at the channel. Words come from the channel and are shown
 * to an administrator: they hold no secret, and nothing of an address but its host.
 */
export type ChannelFinding =
  /** The credentials are refused. */
  | { readonly code: 'token_refused'; readonly words?: string }
  /** The channel posts to another address than ours. The hub doesn't fight over it. */
  | { readonly code: 'webhook_overwritten'; readonly host: string }
  /** The channel has no address to post to. The hub sets its own anew, once. */
  | { readonly code: 'webhook_missing' }
  /** The channel says that our address fails. */
  | {
      readonly code: 'webhook_failing'
      readonly words?: string
      /** Epoch ms. */
      readonly since?: number
      /** Updates that wait at the channel. */
      readonly waiting?: number
    }
  | {
      readonly code: 'permission_missing'
      /** As the channel calls it. */
      readonly permission: string
      /** Without it no message gets through; otherwise only a part of the work suffers. */
      readonly isVital: boolean
    }
  /** Quality rating, messaging limit, subscription of the account. */
  | { readonly code: 'channel_limits'; readonly words: string }
  /** Another consumer takes the updates. */
  | { readonly code: 'polling_stopped'; readonly words?: string }

export type HealthCode =
  | ChannelFinding['code']
  | 'channel_unreachable'
  | 'portal_unreachable'
  | 'sending_paused'
