import type { CallContext, ConnectReport } from '#core/connector.ts'
import { type DeliveryError, TransportError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { addressField, refused, reportConnect, unreachable } from '#kit/connect-report.ts'
import { nameOf, readPage } from './answers.ts'
import { callApi, type Outside } from './client.ts'
import { testDialog } from './connect-dialog.ts'
import { WhatsAppError } from './errors.ts'
import { type CloudSettings, DEFAULT_API_ROOT, type WhatsAppSettings } from './settings.ts'

/** Tries the credentials. The identity is the phone number's id, which outlives its tokens. */
export function testConnect(
  outside: Outside,
  line: Line<WhatsAppSettings>,
  call: CallContext,
): Promise<ConnectReport> {
  const { settings } = line
  const { signal } = call
  const explain = (error: DeliveryError): ConnectReport | undefined =>
    error instanceof WhatsAppError ? explainRefusal(error, settings) : undefined
  return reportConnect({ signal, addressField: fieldOfAddress(settings), explain }, () =>
    settings.provider === 'cloud'
      ? testCloud(outside, settings, call)
      : testDialog(outside, line, settings, call),
  )
}

function fieldOfAddress({ apiRoot, provider }: WhatsAppSettings): string | undefined {
  return addressField(apiRoot, DEFAULT_API_ROOT[provider])
}

/** One after the other, so that it is known which of the two ids is at fault. */
async function testCloud(
  outside: Outside,
  settings: CloudSettings,
  call: CallContext,
): Promise<ConnectReport> {
  const { phoneNumberId, wabaId } = settings
  const query = { fields: 'id,display_phone_number,verified_name,quality_rating' }
  const ask = { method: 'GET', path: [phoneNumberId], query } as const
  const number = await blaming('phoneNumberId', callApi(outside, settings, ask, call))
  if (!isRecord(number) || String(number['id']) !== phoneNumberId) {
    const words = 'the address answers, but not as the Graph API'
    return unreachable(words, fieldOfAddress(settings))
  }
  const isElsewhere = await lacksNumber(outside, settings, call)
  if (isElsewhere) return refused(`account ${wabaId} has no such phone number`, 'wabaId')
  const name = nameOf(number)
  return { ok: true, identity: phoneNumberId, ...given({ name }) }
}

/** An object that isn't there, or isn't this token's to see, is the fault of the setting that names it. */
async function blaming<T>(field: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw namesNothing(error) ? error.blaming(field) : error
  }
}

/** In the API's own words, not a proxy's. */
function namesNothing(error: unknown): error is WhatsAppError {
  return error instanceof WhatsAppError && error.refusal.code !== undefined && error.isMissing
}

/** Accounts have up to 20 numbers, larger ones more: a page has room for 100. */
const MAX_PAGES = 10

/**
 * True if the account has numbers, and not this one. An answer that is missing or cut short says nothing about the
 * setting.
 */
async function lacksNumber(
  outside: Outside,
  settings: CloudSettings,
  call: CallContext,
): Promise<boolean> {
  let hasOthers = false
  let after = ''
  for (let page = 0; page < MAX_PAGES; page++) {
    const { items, next } = await askNumbers(outside, settings, after, call)
    if (items.some((item) => String(item['id']) === settings.phoneNumberId)) return false
    hasOthers ||= items.length > 0
    if (next === undefined) return hasOthers
    after = next
  }
  return false
}

/** Empty when it isn't answered: not every token may ask. Throws where the account isn't there. */
async function askNumbers(
  outside: Outside,
  settings: CloudSettings,
  after: string,
  call: CallContext,
): Promise<ReturnType<typeof readPage>> {
  const query = { fields: 'id', limit: '100', ...given({ after }) }
  const ask = { method: 'GET', path: [settings.wabaId, 'phone_numbers'], query } as const
  try {
    return readPage(await callApi(outside, settings, ask, call))
  } catch (error) {
    if (namesNothing(error)) throw error.blaming('wabaId')
    const isUnanswered = error instanceof WhatsAppError || error instanceof TransportError
    if (call.signal.aborted || !isUnanswered) throw error
    return { items: [] }
  }
}

/** What else the API's words say, where its code names no field. */
function explainRefusal(
  { fault, refusal, message, isAboutPermission }: WhatsAppError,
  settings: WhatsAppSettings,
): ConnectReport | undefined {
  if (fault.field !== undefined) return undefined
  // A proxy's 404, not the API's.
  if (refusal.code === undefined && refusal.status === 404) {
    return unreachable(message, fieldOfAddress(settings))
  }
  if (settings.provider === '360dialog') return undefined
  // Nothing but the proof can be wrong with these calls' parameters, and that is made with the app's secret.
  if (refusal.code === 100) return refused(message, 'appSecret')
  return isAboutPermission
    ? refused(`${message} (a permission is missing)`, 'accessToken')
    : undefined
}
