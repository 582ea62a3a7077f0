import type { CallContext, ConnectorContext, RemoteFile } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { authorize, callApi } from './client.ts'
import { WhatsAppError } from './errors.ts'
import type { WhatsAppSettings } from './settings.ts'

/**
 * Where the bytes behind a media id are: an address that works for 5 minutes, with the credentials only.
 * https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
 */
export async function locateFile(
  { http }: Pick<ConnectorContext, 'http'>,
  mediaId: string,
  { settings }: Line<WhatsAppSettings>,
  call: CallContext,
): Promise<RemoteFile> {
  const query = settings.provider === 'cloud' ? { phone_number_id: settings.phoneNumberId } : {}
  const answer = await callApi(
    http,
    settings,
    { method: 'GET', path: [mediaId], query },
    call,
  ).catch((error: unknown) => {
    if (error instanceof WhatsAppError && error.isMissing) throw gone(error)
    throw error
  })
  const url =
    isRecord(answer) && typeof answer['url'] === 'string' ? URL.parse(answer['url']) : null
  if (!url) throw gone()
  const headers = authorize(settings)
  if (settings.provider === 'cloud') return { url: url.href, headers }
  // The key opens files at 360dialog's own host only: https://docs.360dialog.com/docs/messaging/media
  return { url: settings.apiRoot + url.pathname + url.search, headers }
}

function gone(cause?: Error): DeliveryError {
  const fault = {
    disposition: 'reject',
    outcome: 'not-sent',
    channelCode: 'HUB_FILE_GONE',
  } as const
  const words = 'WhatsApp has no such file any more: it keeps them for 7 days'
  return new DeliveryError(words, fault, cause ? { cause } : {})
}
