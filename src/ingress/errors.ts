export type WebhookErrorCode =
  | 'HUB_BAD_UPDATE'
  | 'HUB_BAD_SIGNATURE'
  | 'HUB_UNKNOWN_LINE'
  | 'HUB_METHOD_NOT_ALLOWED'
  | 'HUB_UNSUPPORTED_MEDIA_TYPE'
  | 'HUB_LINE_NOT_CONNECTED'
  | 'HUB_LIMIT'

/** A webhook request that is refused (PROTOCOL §3). */
export class WebhookError extends Error {
  override name = 'WebhookError'
  readonly code: WebhookErrorCode
  readonly retryAfterSeconds: number | undefined

  constructor(code: WebhookErrorCode, message: string, retryAfterSeconds?: number) {
    super(message)
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }

  /** The refusal follows from the line's settings or status, which may have changed. */
  get mayBeStale(): boolean {
    return this.code === 'HUB_BAD_SIGNATURE' || this.code === 'HUB_LINE_NOT_CONNECTED'
  }
}
