import type { OutboundFile } from './message.ts'

/** Why a portal's file can't be sent (PROTOCOL §7, "Files"): the `channelCode` of the DeliveryError. */
export type FileFaultCode =
  /** Its server does not answer, or refuses it. */
  | 'HUB_FILE_UNREACHABLE'
  /** Its server says 404 or 410. */
  | 'HUB_FILE_GONE'
  /** Its address leads into the hub's own network. */
  | 'HUB_FILE_PRIVATE'
  /** Its address leads to another one, which isn't followed, or to ever more. */
  | 'HUB_FILE_REDIRECT'
  /** It is larger than the channel takes, or never ends. */
  | 'HUB_FILE_TOO_LARGE'
  /** Its server gives it in drips. */
  | 'HUB_FILE_TOO_SLOW'

export interface OpenOptions {
  /** The most that may be read; a file that is larger, by its server's word or in fact, is refused. */
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** Trouble that may pass rejects the message instead of asking for a repetition, which would do more harm. */
  readonly isFinal?: boolean
}

/** A portal's file that has begun to come in. */
export interface OpenedFile {
  readonly name: string
  /** As its server says, without parameters. */
  readonly mime?: string
  /** As its server says; it then has this size or breaks off. */
  readonly size?: number
  /** To be read once and not too late: its server waits. Throws as `open`. */
  readonly stream: AsyncIterable<Uint8Array>
  /** Ends the transfer; needed unless the stream was read to its end. */
  close(): void
}

/** The way to the files of portals. Their addresses are strangers' words: what is private is refused at connect time. */
export interface FileOpener {
  /** Refuses an address that is private on its face, before anything is sent. No I/O. Throws DeliveryError. */
  check(file: OutboundFile): void
  /** What to call it: the portal's name for it, or the end of its address where that is a name. */
  nameOf(file: OutboundFile): string
  /**
   * Asks the file's server. Follows redirects, five at most, only where the file `mayRedirect`. Throws DeliveryError (`not-sent`, codes of FileFaultCode, words for a
   * person that name the file but not its address), and TransportError `ABORTED` when `signal` aborts.
   */
  open(file: OutboundFile, options: OpenOptions): Promise<OpenedFile>
}
