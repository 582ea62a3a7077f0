import type { CallContext, ConnectorContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { encodePath, proofOf, readAnswer } from '#meta/client.ts'
import { toWhatsAppError } from './errors.ts'
import type { WhatsAppSettings } from './settings.ts'

export type Outside = Pick<ConnectorContext, 'http' | 'clock' | 'log'>

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Parts behind the API's root and version, not yet encoded. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** A secret in this call that is no setting: it must not stand in an error's words. */
  readonly secret?: string
}

/**
 * One call of Meta's or 360dialog's API: the answer's JSON. Throws WhatsAppError (a DeliveryError) and, unchanged,
 * TransportError.
 */
export async function callApi(
  { http, clock }: Pick<Outside, 'http' | 'clock'>,
  settings: WhatsAppSettings,
  { method, path, query = {}, json, secret = '' }: ApiCall,
  { signal }: CallContext,
): Promise<unknown> {
  const isCloud = settings.provider === 'cloud'
  const { apiRoot } = settings
  // Shows that the hub knows the app's secret, which apps may ask for and `testConnect` learns from.
  const proof = isCloud
    ? { appsecret_proof: proofOf(settings.accessToken, settings.appSecret) }
    : undefined
  const root = isCloud ? `${apiRoot}/${settings.graphVersion}` : apiRoot
  const search = new URLSearchParams({ ...query, ...proof }).toString()
  const response = await http.request({
    method,
    url: `${root}/${encodePath(path)}${search === '' ? '' : `?${search}`}`,
    headers: authorize(settings),
    signal,
    ...given({ json }),
  })
  const { answer, refused } = readAnswer(response)
  if (!refused) return answer
  const secrets = isCloud ? [settings.accessToken, settings.appSecret] : [settings.apiKey]
  const hidden = [...secrets, secret, ...Object.values(proof ?? {})]
  throw toWhatsAppError(refused, settings, hidden, clock.now())
}

/** The headers that open the API, and files. */
export function authorize(settings: WhatsAppSettings): Readonly<Record<string, string>> {
  if (settings.provider === '360dialog') return { 'D360-API-KEY': settings.apiKey }
  return { authorization: `Bearer ${settings.accessToken}` }
}

/** The path of what belongs to the phone number: 360dialog's key stands for the number. */
export function numberPath(settings: WhatsAppSettings, edge: string): readonly string[] {
  return settings.provider === 'cloud' ? [settings.phoneNumberId, edge] : [edge]
}
