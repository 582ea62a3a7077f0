import { hash } from 'node:crypto'
import { isRecord } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import type { Context } from './callers.ts'
import { toPortalConnector } from './portal-ids.ts'
import type { RestOutcome } from './rest-answer.ts'
import { REGISTERED } from './tokens.ts'

/** What `listConnectors` says of a connector, as far as it matters here. */
export interface KnownConnector {
  readonly id: string
  readonly title: string
  readonly parent?: string
  readonly fields: readonly KnownField[]
  readonly capabilities: { readonly webhookInstall: boolean }
}

export interface KnownField {
  readonly key: string
  readonly label: string
  readonly type: 'text' | 'url' | 'select' | 'list'
  readonly required: boolean
  readonly secret: boolean
  readonly default?: string
  readonly help?: string
  readonly options?: readonly string[]
  readonly isGenerated?: boolean
}

const EVENTS = [
  'OnImConnectorMessageAdd',
  'OnImConnectorMessageUpdate',
  'OnImConnectorMessageDelete',
  'OnImConnectorStatusDelete',
  'OnImConnectorLineDelete',
  'OnImConnectorDialogStart',
  'OnImConnectorDialogFinish',
  'OnAppUninstall',
] as const
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%23fff' d='M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z'/%3E%3C/svg%3E"

/** The connectors that are the hub's own; virtual ones are lines of their parent's in Bitrix24. */
export async function realConnectors(context: Context, portal: Portal): Promise<KnownConnector[]> {
  const all = (await context.call(portal, 'listConnectors', {})) as readonly KnownConnector[]
  return all.filter(({ parent }) => parent === undefined)
}

/**
 * Makes the portal know our connectors and send us its events; what it knows already is only renewed. Gives what has failed,
 * in words. Throws what calls of methods throw.
 */
export async function registerAt(
  context: Context,
  portal: Portal,
  signal: AbortSignal,
): Promise<string[]> {
  const connectors = await realConnectors(context, portal)
  const faults: string[] = []
  const tell = async (method: string, params: object): Promise<RestOutcome> =>
    await context.speakerOf(portal).rest.call(portal, { method, params, isUnpaced: true }, signal)
  for (const connector of connectors) {
    const outcome = await tell('imconnector.register', registration(connector, context.publicUrl))
    const fault = faultOf(outcome, isTaken)
    if (fault) faults.push(`imconnector.register ${connector.id}: ${fault}`)
  }
  const handler = `${context.publicUrl}/b24/events`
  for (const event of EVENTS) {
    const outcome = await tell('event.bind', { event, handler })
    const fault = isBoundAlready(outcome)
      ? undefined
      : faultOf(outcome, (result) => result === true)
    if (fault) faults.push(`event.bind ${event}: ${fault}`)
  }
  if (faults.length === 0) {
    const value = registrationDigest(connectors, context.publicUrl)
    await context.memory.portals.write(portal.id, [{ name: REGISTERED, value }])
  }
  return faults
}

/** Was all that this version of the hub needs registered there, as far as the hub knows? */
export async function isRegistered(context: Context, portal: Portal): Promise<boolean> {
  const stored = await context.memory.portals.read(portal.id, REGISTERED)
  const connectors = await realConnectors(context, portal)
  return stored?.value === registrationDigest(connectors, context.publicUrl)
}

/** Names what was registered: another one means that it has to be done again. */
function registrationDigest(connectors: readonly KnownConnector[], publicUrl: string): string {
  const all = [EVENTS, connectors.map((connector) => registration(connector, publicUrl))]
  return hash('sha256', JSON.stringify(all), 'base64url')
}

function registration({ id, title }: KnownConnector, publicUrl: string): object {
  return {
    ID: toPortalConnector(id),
    NAME: `${title} (hub)`,
    ICON: { DATA_IMAGE: ICON, COLOR: '#2fc6f6' },
    PLACEMENT_HANDLER: `${publicUrl}/b24/settings?connector=${encodeURIComponent(id)}`,
    NEED_SIGNATURE: true,
    CHAT_GROUP: false,
  }
}

function faultOf(outcome: RestOutcome, isDone: (result: unknown) => boolean): string | undefined {
  if (outcome.kind === 'aborted') return 'broken off'
  if (outcome.kind === 'failed') return outcome.error
  return isDone(outcome.result) ? undefined : 'the portal did not say that it was done'
}

/** Bitrix24 has one code for all that is wrong with a binding, and says this in words alone. */
function isBoundAlready(outcome: RestOutcome): boolean {
  return (
    outcome.kind === 'failed' &&
    (/already bind|already bound/i.test(outcome.error) ||
      /HANDLER_ALREADY_BIND/i.test(outcome.code ?? ''))
  )
}

function isTaken(result: unknown): boolean {
  return result === true || (isRecord(result) && result['result'] === true)
}
