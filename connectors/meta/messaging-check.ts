import type { CallContext } from '#core/connector.ts'
import type { DeliveryError } from '#core/errors.ts'
import type { ChannelFinding } from '#core/health.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import {
  findAtChannel,
  findingWords,
  otherThanApi,
  tokenRefused,
  webhookFindings,
} from '#kit/health.ts'
import { textFields } from '#kit/json-answer.ts'
import { type Graph, type GraphCall, proofOf } from './client.ts'
import { GraphError } from './errors.ts'
import { isInstagramLogin } from './messaging-connect.ts'
import { fieldsOf, subscriptionOf } from './messaging-install.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import type { MetaSettings } from './settings.ts'

/** Needed to see and to set the account's subscription; messages go on without it. */
const MANAGES = 'pages_manage_metadata'

interface MetaCheck {
  readonly traits: MessagingTraits
  readonly line: Line<MetaSettings>
  /** The app's own calls give undefined where Meta doesn't let the app ask. */
  ask(call: Omit<GraphCall, 'method'>): Promise<unknown>
}

/**
 * Three calls, since no one of them tells more: is the app subscribed to the account, where does Meta post the app's
 * updates, and what may the token do? The app of an Instagram login can't be asked. Throws GraphError, TransportError.
 */
export function checkLine(
  graph: Graph,
  traits: MessagingTraits,
  line: Line<MetaSettings>,
  { signal }: CallContext,
): Promise<readonly ChannelFinding[]> {
  const { settings } = line
  const ask = (call: Omit<GraphCall, 'method'>): Promise<unknown> =>
    graph.call(settings, { method: 'GET', ...call }, signal)
  const check = { traits, line, ask }
  return findAtChannel({ signal, explain }, async () => {
    if (isInstagramLogin(settings)) return await checkAccount(check)
    const account = await checkAccount(check).catch(async (error: unknown) => {
      // By the app's own secret this is told apart: with a wrong one Meta refuses the app as well, which throws.
      if (isAboutProof(error)) await checkApp(check)
      throw error
    })
    return [...account, ...(await checkApp(check)), ...(await checkToken(check))]
  })
}

/** Nothing else can be wrong with the first call's parameters than the proof, which is made with the app's secret. */
function isAboutProof(error: unknown): boolean {
  return (
    error instanceof GraphError && error.refusal.code === 100 && error.refusal.subcode === undefined
  )
}

/** Of permissions, it is this one that the calls here need. An account that is gone was taken from the token. */
function explain(error: DeliveryError): readonly ChannelFinding[] | undefined {
  if (!(error instanceof GraphError)) return undefined
  const { code, subcode } = error.refusal
  if (code === 100 && subcode === 33) return [tokenRefused(error)]
  const isPermission =
    code === 10 || code === 3 || (code !== undefined && code >= 200 && code < 300)
  if (!isPermission) return undefined
  return [{ code: 'permission_missing', permission: MANAGES, isVital: false }]
}

/** Other apps may be subscribed as well, and take nothing from this one. */
async function checkAccount({ traits, line, ask }: MetaCheck): Promise<readonly ChannelFinding[]> {
  const { account, appId } = line.settings
  const answer = await ask({ path: [traits.subscriptionNode(account), 'subscribed_apps'] })
  const apps = isRecord(answer) ? answer['data'] : undefined
  if (!Array.isArray(apps)) throw otherThanApi('Meta answered subscribed_apps without a list')
  const isOwn = ({ id }: Record<string, unknown>): boolean =>
    // The Instagram login counts its apps by numbers of their own.
    id === undefined || String(id) === appId || isInstagramLogin(line.settings)
  const own = apps.filter(isRecord).find(isOwn)
  return own ? lacking(own['subscribed_fields']) : [{ code: 'webhook_missing' }]
}

/** Fields of a subscription. Of those that it hasn't, some may not be had for every account. */
function lacking(fields: unknown): readonly ChannelFinding[] {
  if (!Array.isArray(fields) || fields.length === 0) return []
  if (fieldsOf(fields).includes('messages')) return []
  return [{ code: 'permission_missing', permission: 'messages', isVital: true }]
}

/** All accounts of an app share one address: that of whichever line was connected last. */
async function checkApp({ traits, line, ask }: MetaCheck): Promise<readonly ChannelFinding[]> {
  const answer = await asApp(ask({ path: [line.settings.appId, 'subscriptions'], as: 'app' }))
  if (answer === undefined) return []
  const list = isRecord(answer) ? answer['data'] : undefined
  if (!Array.isArray(list)) throw otherThanApi('Meta answered subscriptions without a list')
  const own = subscriptionOf(list, traits.object)
  // Meta switches a subscription off when its address has failed for long.
  if (!own || own['active'] === false) return [{ code: 'webhook_missing' }]
  const wrong = webhookFindings(own['callback_url'], line.webhookUrl, { isShared: true })
  return wrong.length > 0 ? wrong : lacking(own['fields'])
}

/** https://developers.facebook.com/docs/graph-api/reference/debug_token */
async function checkToken({ traits, line, ask }: MetaCheck): Promise<readonly ChannelFinding[]> {
  const { accessToken, appSecret } = line.settings
  const query = { input_token: accessToken }
  const answer = await asApp(ask({ path: ['debug_token'], query, as: 'app' }))
  const data = isRecord(answer) && isRecord(answer['data']) ? answer['data'] : {}
  if (data['is_valid'] === false) {
    const hidden = [accessToken, appSecret, proofOf(accessToken, appSecret)]
    const words = findingWords(textFields(data['error'])('message'), line, hidden)
    return [{ code: 'token_refused', ...(words === '' ? {} : { words }) }]
  }
  const { scopes } = data
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string')) return []
  return [traits.permission, MANAGES]
    .filter((scope) => !scopes.includes(scope))
    .map((permission) => ({
      code: 'permission_missing',
      permission,
      isVital: permission === traits.permission,
    }))
}

/** What only the app may ask is left out where Meta won't have it; that the app's secret is wrong is thrown on. */
async function asApp(asking: Promise<unknown>): Promise<unknown> {
  try {
    return await asking
  } catch (error) {
    const isRefused = error instanceof GraphError && error.fault.disposition !== 'retry'
    if (!isRefused || error.fault.field !== undefined) throw error
    return undefined
  }
}
