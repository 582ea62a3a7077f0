import type { CallContext } from '#core/connector.ts'
import { isRecord } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import type { Log } from '#core/log.ts'
import { listOf } from '#kit/json-answer.ts'
import type { Graph } from './client.ts'
import { GraphError } from './errors.ts'
import type { MessagingTraits } from './messaging-traits.ts'
import type { MetaSettings } from './settings.ts'

/**
 * Makes the account's updates come. The app has one address for all of its accounts: that of the line that was connected
 * last. The hub finds each account's line whichever address an update comes to. Where the app can't be subscribed by API,
 * an administrator enters the address in the dashboard.
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
  const known = subscriptionOf(isRecord(existing) ? existing['data'] : undefined, object)
  const fields = new Set([...fieldsOf(known?.['fields']), ...appFields])
  const json = {
    object,
    callback_url: webhookUrl,
    verify_token: settings.verifyToken,
    fields: [...fields].join(','),
  }
  await graph.call(settings, { method: 'POST', path, json, as: 'app' }, signal)
}

/** The app's subscription to one kind of account, in the list of all of them. */
export function subscriptionOf(list: unknown, object: string): Record<string, unknown> | undefined {
  return listOf(list)
    .filter(isRecord)
    .find((one) => one['object'] === object)
}

/** The names in a list of fields: an app's entries are objects, an account's are the names. */
export function fieldsOf(fields: unknown): string[] {
  return listOf(fields).flatMap((field) => {
    const name = isRecord(field) ? field['name'] : field
    return typeof name === 'string' ? [name] : []
  })
}

/** The app's own subscription stays: its other accounts depend on that. */
export async function unsubscribe(
  graph: Graph,
  traits: MessagingTraits,
  { settings }: Line<MetaSettings>,
  { signal }: CallContext,
): Promise<void> {
  const path = [traits.subscriptionNode(settings.account), 'subscribed_apps']
  await graph.call(settings, { method: 'DELETE', path }, signal)
}
