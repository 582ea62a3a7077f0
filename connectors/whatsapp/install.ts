import type { CallContext } from '#core/connector.ts'
import type { Line } from '#core/line.ts'
import { callApi, type Outside } from './client.ts'
import { WEBHOOK_PATH } from './connect-dialog.ts'
import { WhatsAppError } from './errors.ts'
import type { CloudSettings, DialogSettings, WhatsAppSettings } from './settings.ts'

/** Makes the number's updates come to the line's address. Throws WhatsAppError, TransportError. */
export async function installWebhook(
  outside: Outside,
  line: Line<WhatsAppSettings>,
  call: CallContext,
): Promise<void> {
  const { settings } = line
  if (settings.provider === 'cloud') await installCloud(outside, line, settings, call)
  else await setDialogWebhook(outside, settings, line.webhookUrl, line.webhookSecret, call)
}

/** Throws as `installWebhook`. */
export async function uninstallWebhook(
  outside: Outside,
  line: Line<WhatsAppSettings>,
  call: CallContext,
): Promise<void> {
  const { settings } = line
  // The account's subscription stays: its other numbers depend on that.
  if (settings.provider === 'cloud') await setOverride(outside, settings, { url: '' }, call)
  else await setDialogWebhook(outside, settings, '', undefined, call)
}

/**
 * Subscribes the app to the account, and Meta posts what is about this number to an address of its own, which it tries with
 * the handshake before it answers: https://developers.facebook.com/docs/whatsapp/embedded-signup/webhooks/override.
 * Where it refuses that, the address of the app counts, which an administrator enters in the dashboard.
 */
async function installCloud(
  outside: Outside,
  line: Line<WhatsAppSettings>,
  settings: CloudSettings,
  call: CallContext,
): Promise<void> {
  const subscription = { method: 'POST', path: [settings.wabaId, 'subscribed_apps'] } as const
  await callApi(outside, settings, subscription, call)
  try {
    const override = { url: line.webhookUrl, verifyToken: settings.verifyToken }
    await setOverride(outside, settings, override, call)
  } catch (error) {
    if (!(error instanceof WhatsAppError) || error.fault.disposition === 'retry') throw error
    outside.log.info(
      { event: 'whatsapp.override-refused', lineId: line.id, code: error.fault.channelCode },
      "the line's address has to be entered in the dashboard of Meta's app",
    )
  }
}

async function setOverride(
  outside: Outside,
  settings: CloudSettings,
  { url, verifyToken }: { readonly url: string; readonly verifyToken?: string },
  call: CallContext,
): Promise<void> {
  const token = verifyToken === undefined ? {} : { verify_token: verifyToken }
  const json = { webhook_configuration: { override_callback_uri: url, ...token } }
  const path = [settings.phoneNumberId]
  await callApi(outside, settings, { method: 'POST', path, json }, call)
}

/** 360dialog's documents name no way to take a webhook away: an empty address is tried. */
async function setDialogWebhook(
  outside: Outside,
  settings: DialogSettings,
  url: string,
  secret: string | undefined,
  call: CallContext,
): Promise<void> {
  const headers = secret === undefined ? {} : { headers: { 'X-Hub-Token': secret } }
  const hidden = secret === undefined ? {} : { secret }
  const json = { url, ...headers }
  await callApi(outside, settings, { method: 'POST', path: WEBHOOK_PATH, json, ...hidden }, call)
}
