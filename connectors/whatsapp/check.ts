import type { CallContext } from '#core/connector.ts'
import type { DeliveryError } from '#core/errors.ts'
import type { ChannelFinding } from '#core/health.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { findAtChannel, otherThanApi, webhookFindings } from '#kit/health.ts'
import { readLimits } from './check-limits.ts'
import { callApi, type Outside } from './client.ts'
import { WEBHOOK_PATH } from './connect-dialog.ts'
import { WhatsAppError } from './errors.ts'
import type { CloudSettings, DialogSettings, WhatsAppSettings } from './settings.ts'

/** Throws WhatsAppError, TransportError. */
export function checkLine(
  outside: Outside,
  line: Line<WhatsAppSettings>,
  call: CallContext,
): Promise<readonly ChannelFinding[]> {
  const { settings, webhookUrl } = line
  const { signal } = call
  return settings.provider === 'cloud'
    ? findAtChannel({ signal, explain }, () => checkCloud(outside, line, settings, call))
    : findAtChannel({ signal }, () => checkDialog(outside, settings, webhookUrl, call))
}

/** This is the permission that the calls here need; messages go by another. */
function explain(error: DeliveryError): readonly ChannelFinding[] | undefined {
  if (!(error instanceof WhatsAppError) || !error.isAboutPermission) return undefined
  const permission = 'whatsapp_business_management'
  return [{ code: 'permission_missing', permission, isVital: false }]
}

const FIELDS = 'id,status,quality_rating,health_status,webhook_configuration'

/** The number tells its state and its webhook in one call; that the app is subscribed to the account takes another. */
async function checkCloud(
  outside: Outside,
  line: Line<WhatsAppSettings>,
  settings: CloudSettings,
  call: CallContext,
): Promise<readonly ChannelFinding[]> {
  const query = { fields: FIELDS }
  const ask = { method: 'GET', path: [settings.phoneNumberId], query } as const
  const number = await callApi(outside, settings, ask, call)
  if (!isRecord(number) || String(number['id']) !== settings.phoneNumberId) {
    throw otherThanApi('Meta answered without the number')
  }
  const webhook = whereTo(number['webhook_configuration'], line.webhookUrl)
  const limits = readLimits(number, line, settings)
  if (webhook.length > 0) return [...webhook, ...limits]
  return [...(await checkAccount(outside, settings, number, call)), ...limits]
}

/**
 * The address of the number goes before that of the account, and this before the app's, which is there whoever connects
 * what: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override. Lines of this hub may
 * share the latter two. An app that posts elsewhere was never the line's address: the line's own has gone.
 */
function whereTo(configuration: unknown, webhookUrl: string): readonly ChannelFinding[] {
  if (!isRecord(configuration)) return []
  const { phone_number: own, whatsapp_business_account: account, application } = configuration
  const override = own || account
  if (override) return webhookFindings(override, webhookUrl, { isShared: true })
  const isHere = webhookFindings(application ?? '', webhookUrl, { isShared: true }).length === 0
  return isHere ? [] : [{ code: 'webhook_missing' }]
}

/** Not every token may ask; then nothing is known of it. */
async function checkAccount(
  outside: Outside,
  settings: CloudSettings,
  number: Record<string, unknown>,
  call: CallContext,
): Promise<readonly ChannelFinding[]> {
  const ask = { method: 'GET', path: [settings.wabaId, 'subscribed_apps'] } as const
  const answer = await callApi(outside, settings, ask, call).catch((error: unknown) => {
    const isRefused = error instanceof WhatsAppError && error.fault.disposition !== 'retry'
    if (!isRefused || call.signal.aborted) throw error
    return undefined
  })
  const apps = isRecord(answer) ? answer['data'] : undefined
  if (!Array.isArray(apps)) return []
  const ids = apps.filter(isRecord).map(idOf)
  const own = appOf(number)
  // Which app the token is of, only the number's health tells.
  const isThere = own === undefined || ids.includes(undefined) ? ids.length > 0 : ids.includes(own)
  return isThere ? [] : [{ code: 'webhook_missing' }]
}

function idOf({ whatsapp_business_api_data: app }: Record<string, unknown>): string | undefined {
  const id = isRecord(app) ? app['id'] : undefined
  return id === undefined ? undefined : String(id)
}

function appOf({ health_status: health }: Record<string, unknown>): string | undefined {
  const entities = isRecord(health) ? health['entities'] : undefined
  if (!Array.isArray(entities)) return undefined
  const app = entities.filter(isRecord).find((one) => one['entity_type'] === 'APP')
  return app?.['id'] === undefined ? undefined : String(app['id'])
}

/**
 * The key and the webhook, in one call. The number's health is left out: many keys may not ask for it, and 360dialog shuts
 * keys out whose calls fail 20 times in an hour.
 */
async function checkDialog(
  outside: Outside,
  settings: DialogSettings,
  webhookUrl: string,
  call: CallContext,
): Promise<readonly ChannelFinding[]> {
  const answer = await callApi(outside, settings, { method: 'GET', path: WEBHOOK_PATH }, call)
  if (!isRecord(answer) || !('url' in answer)) {
    throw otherThanApi('360dialog answered without the webhook')
  }
  return webhookFindings(answer['url'] ?? '', webhookUrl)
}
