import type { CallContext, RemoteFile } from '#core/connector.ts'
import { textFields } from '#kit/json-answer.ts'
import { rejection } from '#kit/rejection.ts'
import { isWebAddress } from '#kit/web-address.ts'
import { callApi, type Outside } from './client.ts'
import { codeOf } from './errors.ts'
import type { SlackSettings } from './settings.ts'

const GONE_CODES = ['file_not_found', 'file_deleted', 'files_hidden_by_limit']
const GONE_MODES = ['tombstone', 'hidden_by_limit']
/** Slack's own, also of governments. */
const OWN_HOST = /(?:^|\.)(?:slack|slack-gov)\.com$/

/**
 * Where a file's bytes are. `ref`: Slack's id of the file, of which an event may tell nothing more (Slack Connect). The token
 * goes with it to Slack's own hosts only: a file may be stored anywhere. Throws DeliveryError, TransportError.
 */
export async function findFile(
  outside: Outside,
  settings: SlackSettings,
  ref: string,
  call: CallContext,
): Promise<RemoteFile> {
  const file = textFields(await askFor(outside, settings, ref, call))
  const url = file('url_private_download') || file('url_private')
  if (GONE_MODES.includes(file('mode')) || !isWebAddress(url)) throw gone()
  if (!isSlackAddress(url, settings)) return { url }
  return { url, headers: { authorization: `Bearer ${settings.botToken}` } }
}

async function askFor(
  outside: Outside,
  settings: SlackSettings,
  file: string,
  call: CallContext,
): Promise<unknown> {
  try {
    const answer = await callApi(outside, settings, { method: 'files.info', form: { file } }, call)
    return answer['file']
  } catch (error) {
    throw GONE_CODES.includes(codeOf(error) ?? '') ? gone(error) : error
  }
}

function gone(cause?: unknown): Error {
  return rejection('Slack has this file no more', 'HUB_FILE_GONE', cause)
}

/** Or of the proxy that stands for Slack. */
function isSlackAddress(address: string, { apiRoot }: SlackSettings): boolean {
  const { protocol, hostname, origin } = new URL(address)
  return (protocol === 'https:' && OWN_HOST.test(hostname)) || origin === new URL(apiRoot).origin
}
