import type { ConnectorContext, ConnectReport } from '#core/connector.ts'
import { TransportError } from '#core/errors.ts'
import type { Line } from '#core/line.ts'
import { callApi } from './client.ts'
import { ViberError } from './errors.ts'
import { DEFAULT_API_ROOT, type ViberSettings } from './settings.ts'

/** Besides `message` and `webhook`, which always come. */
const EVENT_TYPES = [
  'delivered',
  'seen',
  'failed',
  'subscribed',
  'unsubscribed',
  'conversation_started',
]

interface Options {
  readonly signal: AbortSignal
}

/** Asks Viber whose token this is. The identity is the account's id, `pa:…`, which outlives its tokens. */
export async function reportConnect(
  { http, log }: ConnectorContext,
  line: Line<ViberSettings>,
  options: Options,
): Promise<ConnectReport> {
  const { settings } = line
  try {
    const account = await callApi(http, settings, { method: 'get_account_info', body: {} }, options)
    const { id, name, webhook } = account
    if (typeof id !== 'string' || id === '') {
      return unreachable(settings, 'the address answers, but not as the Bot API of Viber')
    }
    if (typeof webhook === 'string' && webhook !== '' && webhook !== line.webhookUrl) {
      log.warn(
        { event: 'viber.webhook-taken-over', lineId: line.id },
        'the account has a webhook elsewhere, which the test replaces',
      )
    }
    return { ok: true, identity: id, ...(typeof name === 'string' && name ? { name } : {}) }
  } catch (error) {
    // An abort is the hub's own doing and says nothing about the channel.
    if (options.signal.aborted) throw error
    if (error instanceof TransportError) return unreachable(settings, error.message)
    if (error instanceof ViberError) return toReport(error, settings)
    throw error
  }
}

function toReport({ fault, message }: ViberError, settings: ViberSettings): ConnectReport {
  if (fault.disposition === 'retry') return unreachable(settings, message)
  const field = fault.field === undefined ? {} : { field: fault.field }
  return { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message, ...field } }
}

/** Only an address of one's own can be the fault; Viber's is right by default. */
function unreachable(settings: ViberSettings, message: string): ConnectReport {
  const field = settings.apiRoot === DEFAULT_API_ROOT ? {} : { field: 'apiRoot' }
  return { ok: false, error: { code: 'HUB_CHANNEL_UNREACHABLE', message, ...field } }
}

/** Viber calls the address before it answers; see `shakeHands`. Throws DeliveryError, TransportError. */
export async function installWebhook(
  { http }: Pick<ConnectorContext, 'http'>,
  line: Line<ViberSettings>,
  options: Options,
): Promise<void> {
  const body = {
    url: line.webhookUrl,
    event_types: EVENT_TYPES,
    send_name: true,
    send_photo: true,
  }
  await callApi(http, line.settings, { method: 'set_webhook', body }, options)
}

export async function uninstallWebhook(
  { http }: Pick<ConnectorContext, 'http'>,
  { settings }: Line<ViberSettings>,
  options: Options,
): Promise<void> {
  await callApi(http, settings, { method: 'set_webhook', body: { url: '' } }, options)
}
