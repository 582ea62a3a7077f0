import type { CallContext } from '#core/connector.ts'
import type { Line } from '#core/line.ts'
import { callApi, type Outside } from './client.ts'
import type { ViberSettings } from './settings.ts'

/** Besides `message` and `webhook`, which always come. */
const EVENT_TYPES = [
  'delivered',
  'seen',
  'failed',
  'subscribed',
  'unsubscribed',
  'conversation_started',
]

/** Viber calls the address before it answers; see `shakeHands`. Throws DeliveryError, TransportError. */
export async function installWebhook(
  outside: Outside,
  { settings, webhookUrl: url }: Line<ViberSettings>,
  call: CallContext,
): Promise<void> {
  const body = { url, event_types: EVENT_TYPES, send_name: true, send_photo: true }
  await callApi(outside, settings, { method: 'set_webhook', body }, call)
}

/** Throws as `installWebhook`. */
export async function uninstallWebhook(
  outside: Outside,
  { settings }: Line<ViberSettings>,
  call: CallContext,
): Promise<void> {
  await callApi(outside, settings, { method: 'set_webhook', body: { url: '' } }, call)
}
