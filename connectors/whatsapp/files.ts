import type { CallContext, RemoteFile } from '#core/connector.ts'
import type { DeliveryError } from '#core/errors.ts'
import type { Line } from '#core/line.ts'
import { textFields } from '#kit/json-answer.ts'
import { rejection } from '#kit/rejection.ts'
import { authorize, callApi, type Outside } from './client.ts'
import { WhatsAppError } from './errors.ts'
import type { WhatsAppSettings } from './settings.ts'

/**
 * Where the bytes behind a media id are: an address that works for 5 minutes, with the credentials only.
 * https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
 */
export async function locateFile(
  outside: Outside,
  mediaId: string,
  { settings }: Line<WhatsAppSettings>,
  call: CallContext,
): Promise<RemoteFile> {
  const query = settings.provider === 'cloud' ? { phone_number_id: settings.phoneNumberId } : {}
  const ask = { method: 'GET', path: [mediaId], query } as const
  const answer = await callApi(outside, settings, ask, call).catch((error: unknown) => {
    if (error instanceof WhatsAppError && error.isMissing) throw gone(error)
    throw error
  })
  const url = URL.parse(textFields(answer)('url'))
  if (!url) throw gone()
  const headers = authorize(settings)
  if (settings.provider === 'cloud') return { url: url.href, headers }
  // The key opens files at 360dialog's own host only: https://docs.360dialog.com/docs/messaging/media
  return { url: settings.apiRoot + url.pathname + url.search, headers }
}

function gone(cause?: Error): DeliveryError {
  const words = 'WhatsApp has no such file any more: it keeps them for 7 days'
  return rejection(words, 'HUB_FILE_GONE', cause)
}
