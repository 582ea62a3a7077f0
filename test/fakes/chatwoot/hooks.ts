import { createHmac, randomUUID } from 'node:crypto'
import type { Inbox } from './model.ts'

export interface SentHook {
  readonly payload: Readonly<Record<string, unknown>>
  /** Undefined: no answer. */
  readonly status: number | undefined
}

export interface HookCall {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const TIMEOUT_MS = 5000

/** A webhook as this Chatwoot would post it: a new one signs. */
export function toHookCall(
  inbox: Inbox,
  payload: object,
  more: { readonly delivery?: string; readonly now?: number } = {},
): HookCall {
  return signHook(inbox, JSON.stringify(payload), more)
}

export function signHook(
  inbox: Inbox,
  body: string,
  {
    delivery = randomUUID(),
    now = Date.now(),
  }: { readonly delivery?: string; readonly now?: number } = {},
): HookCall {
  const timestamp = String(Math.floor(now / 1000))
  const headers = { 'content-type': 'application/json' }
  if (inbox.secret === undefined) return { url: inbox.webhook_url, headers, body }
  const mac = createHmac('sha256', inbox.secret).update(`${timestamp}.${body}`).digest('hex')
  return {
    url: inbox.webhook_url,
    headers: {
      ...headers,
      'x-chatwoot-timestamp': timestamp,
      'x-chatwoot-signature': `sha256=${mac}`,
      'x-chatwoot-delivery': delivery,
    },
    body,
  }
}

/** Once, and never again. */
export async function postHook({ url, headers, body }: HookCall): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(url, { method: 'POST', headers, body, signal })
    await response.text()
    return response.status
  } catch {
    return undefined
  }
}
