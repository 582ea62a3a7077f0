import type { CallContext, ConnectReport } from '#core/connector.ts'
import { type DeliveryError, TransportError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { addressField, refused, reportConnect, unreachable } from '#kit/connect-report.ts'
import { textFields } from '#kit/json-answer.ts'
import type { Graph } from './client.ts'
import { GraphError } from './errors.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import { DEFAULT_API_ROOT, type MetaSettings } from './settings.ts'

interface Account {
  readonly ids: readonly string[]
  readonly name?: string
}

/** Asks whose token it is. The identity is the page or account, which outlives its tokens. */
export function testConnect(
  graph: Graph,
  traits: MessagingTraits,
  settings: MetaSettings,
  { signal }: CallContext,
): Promise<ConnectReport> {
  const field = addressField(settings.apiRoot, DEFAULT_API_ROOT)
  const explain = (error: DeliveryError): ConnectReport | undefined => explainRefusal(error, traits)
  return reportConnect({ signal, addressField: field, explain }, async () => {
    const account = await readAccount(graph, traits, settings, signal)
    if (!account) return unreachable('the address answers, but not as the Graph API', field)
    if (!account.ids.includes(settings.account)) {
      const whose = account.name ? ` (${account.name})` : ''
      return refused(`the token belongs to another account${whose}`, traits.keys.account)
    }
    const appId = await readApp(graph, settings, signal)
    if (appId !== undefined && appId !== settings.appId) {
      return refused('the token was given to another app', 'appId')
    }
    const { name } = account
    return { ok: true, identity: settings.account, ...given({ name }) }
  })
}

async function readAccount(
  graph: Graph,
  { object }: MessagingTraits,
  settings: MetaSettings,
  signal: AbortSignal,
): Promise<Account | undefined> {
  const isPage = object === 'page'
  // A token of the Facebook login is the page's, so Instagram's account is asked for by its id.
  const path = [isPage ? 'me' : settings.account]
  const fields = isPage ? 'id,name' : accountFields(settings)
  const answer = await graph.call(settings, { method: 'GET', path, query: { fields } }, signal)
  if (!isRecord(answer)) return undefined
  const ids = [answer['id'], answer['user_id']].flatMap((id) =>
    typeof id === 'string' || typeof id === 'number' ? [String(id)] : [],
  )
  if (ids.length === 0) return undefined
  const text = textFields(answer)
  const username = text('username')
  return { ids, ...given({ name: username ? `@${username}` : text('name') }) }
}

/**
 * Which app the token was given to: a wrong app id would otherwise show only by updates that never come.
 * https://developers.facebook.com/docs/graph-api/reference/application. Undefined when that can't be had.
 */
async function readApp(
  graph: Graph,
  settings: MetaSettings,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (isInstagramLogin(settings)) return undefined
  try {
    const call = { method: 'GET', path: ['app'], query: { fields: 'id' } } as const
    const answer = await graph.call(settings, call, signal)
    const id = isRecord(answer) ? answer['id'] : undefined
    return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
  } catch (error) {
    if (signal.aborted || !(error instanceof GraphError || error instanceof TransportError)) {
      throw error
    }
    return undefined
  }
}

/** With a token of the Instagram login `id` is the app's own number of the account, and `user_id` the one in webhooks. */
function accountFields(settings: MetaSettings): string {
  return isInstagramLogin(settings) ? 'id,user_id,username,name' : 'id,username,name'
}

export function isInstagramLogin({ apiRoot }: MetaSettings): boolean {
  return URL.parse(apiRoot)?.hostname === 'graph.instagram.com'
}

/** The field at fault, which Meta's codes don't name. */
function explainRefusal(
  error: DeliveryError,
  { keys, object }: MessagingTraits,
): ConnectReport | undefined {
  if (!(error instanceof GraphError) || error.fault.field !== undefined) return undefined
  const { code, subcode } = error.refusal
  // The object is missing, or not this token's to see.
  if (code === 100 && (subcode === 33 || object === 'instagram')) {
    return refused(error.message, keys.account)
  }
  // Nothing else in this call can be wrong than `appsecret_proof`, which is made with the app's secret.
  if (code === 100) return refused(error.message, 'appSecret')
  if (code === 3 || code === 10 || (code !== undefined && code >= 200 && code < 300)) {
    return refused(`${error.message} (a permission is missing)`, keys.accessToken)
  }
  return undefined
}
