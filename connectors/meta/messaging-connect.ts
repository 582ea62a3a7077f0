import type { CallContext, ConnectReport } from '#core/connector.ts'
import { TransportError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { Log } from '#core/log.ts'
import { GraphError } from './errors.ts'
import type { Graph } from './graph.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import { DEFAULT_API_ROOT, type MetaSettings } from './settings.ts'

interface Account {
  readonly ids: readonly string[]
  readonly name?: string
}

/** Asks whose token it is. The identity is the page or account, which outlives its tokens. */
export async function reportConnect(
  graph: Graph,
  traits: MessagingTraits,
  settings: MetaSettings,
  { signal }: CallContext,
): Promise<ConnectReport> {
  try {
    const account = await readAccount(graph, traits, settings, signal)
    if (!account) {
      return unreachable(settings, 'the address answers, but not as the Graph API')
    }
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
  } catch (error) {
    // An abort is the hub's own doing and says nothing about the channel.
    if (signal.aborted) throw error
    if (error instanceof TransportError) return unreachable(settings, error.message)
    if (error instanceof GraphError) return toReport(error, traits, settings)
    throw error
  }
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
  const { username, name } = answer
  const shown = typeof username === 'string' && username !== '' ? `@${username}` : name
  if (ids.length === 0) return undefined
  return { ids, ...(typeof shown === 'string' && shown !== '' ? { name: shown } : {}) }
}

/**
 * Whose token it is, of the apps: a wrong id would show only when no updates come.
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

function isInstagramLogin({ apiRoot }: MetaSettings): boolean {
  return URL.parse(apiRoot)?.hostname === 'graph.instagram.com'
}

function toReport(
  error: GraphError,
  { keys, object }: MessagingTraits,
  settings: MetaSettings,
): ConnectReport {
  const { disposition, field } = error.fault
  const { code, subcode } = error.refusal
  if (disposition === 'retry') return unreachable(settings, error.message)
  if (field !== undefined) return refused(error.message, field)
  // The object is missing, or not this token's to see.
  if (code === 100 && (subcode === 33 || object === 'instagram')) {
    return refused(error.message, keys.account)
  }
  // Nothing else in this call can be wrong than `appsecret_proof`, which is made with the app's secret.
  if (code === 100) return refused(error.message, 'appSecret')
  if (code === 3 || code === 10 || (code !== undefined && code >= 200 && code < 300)) {
    return refused(`${error.message} (a permission is missing)`, keys.accessToken)
  }
  return { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message: error.message } }
}

function refused(message: string, field: string): ConnectReport {
  return { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message, field } }
}

/** Only an address of one's own can be the fault; Meta's is right by default. */
function unreachable({ apiRoot }: MetaSettings, message: string): ConnectReport {
  const field = apiRoot === DEFAULT_API_ROOT ? {} : { field: 'apiRoot' }
  return { ok: false, error: { code: 'HUB_CHANNEL_UNREACHABLE', message, ...field } }
}

/**
 * Makes the account's updates come. The app has one address for all of its accounts, so it is that of the line that was
 * connected last: the hub finds each account's line whatever address they come to. Where the app can't be subscribed by
 * API, an administrator enters the address in the dashboard.
 */
export async function subscribe(
  graph: Graph,
  traits: MessagingTraits,
  line: Line<MetaSettings>,
  { signal }: CallContext,
  log: Log,
): Promise<void> {
  try {
    await subscribeApp(graph, traits, line, signal)
  } catch (error) {
    if (!(error instanceof GraphError)) throw error
    if (error.fault.disposition === 'retry') throw error
    log.info(
      { event: 'meta.app-not-subscribed', lineId: line.id, code: error.fault.channelCode },
      "the app's webhook has to be entered in Meta's dashboard",
    )
  }
  const { settings } = line
  const query = { subscribed_fields: traits.accountFields.join(',') }
  const path = [traits.subscriptionNode(settings.account), 'subscribed_apps']
  await graph.call(settings, { method: 'POST', path, query }, signal)
}

/** https://developers.facebook.com/docs/graph-api/reference/app/subscriptions. What others subscribed to stays subscribed. */
async function subscribeApp(
  graph: Graph,
  { object, appFields }: MessagingTraits,
  { settings, webhookUrl }: Line<MetaSettings>,
  signal: AbortSignal,
): Promise<void> {
  const path = [settings.appId, 'subscriptions']
  const existing = await graph.call(settings, { method: 'GET', path, as: 'app' }, signal)
  const fields = new Set([...fieldsOf(existing, object), ...appFields])
  const json = {
    object,
    callback_url: webhookUrl,
    verify_token: settings.verifyToken,
    fields: [...fields].join(','),
  }
  await graph.call(settings, { method: 'POST', path, json, as: 'app' }, signal)
}

function fieldsOf(subscriptions: unknown, object: string): string[] {
  const data = isRecord(subscriptions) ? subscriptions['data'] : []
  const list: unknown[] = Array.isArray(data) ? data : []
  const own = list.find((one) => isRecord(one) && one['object'] === object)
  const fields: unknown[] = isRecord(own) && Array.isArray(own['fields']) ? own['fields'] : []
  return fields.flatMap((field) => {
    const name = isRecord(field) ? field['name'] : field
    return typeof name === 'string' ? [name] : []
  })
}

/** The app's own subscription stays: other accounts of it live by that. */
export async function unsubscribe(
  graph: Graph,
  traits: MessagingTraits,
  { settings }: Line<MetaSettings>,
  { signal }: CallContext,
): Promise<void> {
  const path = [traits.subscriptionNode(settings.account), 'subscribed_apps']
  await graph.call(settings, { method: 'DELETE', path }, signal)
}
