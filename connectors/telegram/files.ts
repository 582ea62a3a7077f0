import type { CallContext, RemoteFile } from '#core/connector.ts'
import { textFields } from '#kit/json-answer.ts'
import { rejection } from '#kit/rejection.ts'
import { callApi, type Outside } from './client.ts'
import { TelegramError } from './errors.ts'
import type { TelegramSettings } from './settings.ts'

/** Where the bytes behind a `file_id` are. The address holds the token, and works for an hour. Throws as `callApi`. */
export async function locateFile(
  outside: Outside,
  settings: TelegramSettings,
  fileId: string,
  call: CallContext,
): Promise<RemoteFile> {
  const ask = { method: 'getFile', params: { file_id: fileId } }
  const file = await callApi(outside, settings, ask, call).catch((error: unknown) => {
    if (!(error instanceof TelegramError && error.says('file is too big'))) throw error
    throw rejection('Telegram gives bots no files over 20 MB', 'HUB_FILE_TOO_LARGE', error)
  })
  const path = textFields(file)('file_path')
  if (path === '') throw rejection('Telegram tells no path for this file', 'HUB_FILE_GONE')
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return { url: `${settings.apiRoot}/file/bot${settings.token}/${encoded}` }
}
