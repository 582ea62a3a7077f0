import type { CallContext, RemoteFile } from '#core/connector.ts'
import { DeliveryError } from '#core/errors.ts'
import type { HttpClient } from '#core/http.ts'
import { isRecord } from '#core/json.ts'
import { callApi, TelegramError } from './client.ts'
import type { TelegramSettings } from './settings.ts'

/** Where the bytes behind a `file_id` are. The address holds the token, and works for an hour. Throws as `callApi`. */
export async function locateFile(
  http: HttpClient,
  settings: TelegramSettings,
  fileId: string,
  call: CallContext,
): Promise<RemoteFile> {
  const params = { file_id: fileId }
  const file = await callApi(http, settings, { method: 'getFile', params }, call).catch(
    (error: unknown) => {
      if (!(error instanceof TelegramError && error.says('file is too big'))) throw error
      throw noFile('HUB_FILE_TOO_LARGE', 'Telegram gives bots no files over 20 MB', error)
    },
  )
  const path = isRecord(file) && typeof file['file_path'] === 'string' ? file['file_path'] : ''
  if (path === '') throw noFile('HUB_NO_FILE', 'Telegram tells no path for this file')
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return { url: `${settings.apiRoot}/file/bot${settings.token}/${encoded}` }
}

function noFile(channelCode: string, words: string, cause?: Error): DeliveryError {
  const fault = { disposition: 'reject', outcome: 'not-sent', channelCode } as const
  return new DeliveryError(words, fault, cause ? { cause } : {})
}
