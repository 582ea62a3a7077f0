import type { ConnectReport } from '../../../core/connector.ts'
import type { DoorLine } from '../../../core/dialect.ts'
import { TransportError, UnknownMethodError } from '../../../core/errors.ts'
import { isRecord } from '../../../core/json.ts'
import type { RouteReply } from '../../../core/route.ts'
import { toAccount } from './account.ts'
import { type CommandCall, CommandError, done, lineOf } from './command-call.ts'
import { toPortalConnector } from './connector-ids.ts'
import {
  connectLine,
  disconnect,
  findLine,
  INCORRECT,
  isConnected,
  NO_ANSWER,
  resume,
} from './line-acts.ts'
import { guardApp } from './oauth/app-guard.ts'
import { forgetAccounts } from './oauth/commands.ts'
import { missingOnPage, readForm, storedOf, toForm } from './settings-form.ts'
import { textOf } from './wire/php-value.ts'

/** The page's own addresses of a bot, kept for it. */
const KEPT_FORM = 'bitrix:form'

export async function saveSettings(call: CommandCall): Promise<RouteReply> {
  const { context, portal, args } = call
  const address = lineOf(call)
  const form = readForm(args[0], address.connector, await fieldsOf(call, address.connector))
  const existing = await findLine(call)
  const settings = {
    ...missingOnPage(address.connector, portal.name),
    ...(existing ? storedOf(existing) : {}),
    ...form.settings,
  }
  const saved = { ...address, settings }
  const { roots } = call.oauth
  guardApp({ ...saved, entered: form.settings }, { roots, language: portal.language })
  await context.call(portal, 'saveSettings', saved)
  const line = Object.keys(form.kept).length > 0 ? await findLine(call) : undefined
  if (line) await keep(call, line, form.kept)
  return done()
}

/** What is saved, by the names of the page's form. */
export async function readSettings(call: CommandCall): Promise<RouteReply> {
  lineOf(call)
  const line = await findLine(call)
  return done({ RESULT: line ? toForm(line) : {} })
}

/**
 * Are the settings good? The pages of Bot Framework's bots have nothing that comes after it: there it connects the line, as
 * `register` does for all others.
 */
export async function testConnect(call: CommandCall): Promise<RouteReply> {
  const { context, portal } = call
  const address = lineOf(call)
  if (address.connector.startsWith('botframework')) return await register(call)
  await requireSaved(call)
  const report = await context.lines.probe({ ...address, portalId: portal.id })
  if (!report.ok) throw toError(report)
  await resume(call, address)
  return done()
}

/** Connects the line: the webhook is set, and whoever had the account before loses it. Again it does no harm. */
export async function register(call: CommandCall): Promise<RouteReply> {
  const address = lineOf(call)
  await requireSaved(call)
  await connectLine(call, address)
  await resume(call, address)
  return done()
}

/** The page calls it before it saves, and registers again afterwards: taken at its word it would lose what is saved. */
export async function unregister(): Promise<RouteReply> {
  return await Promise.resolve(done())
}

export async function deleteConnector(call: CommandCall): Promise<RouteReply> {
  const line = await findLine(call)
  if (line) await disconnect(call, line)
  await forgetAccounts(call, call.command.line)
  return done()
}

/** The open line is gone from the portal, with all that was connected to it. */
export async function deleteLine(call: CommandCall): Promise<RouteReply> {
  for (const line of await linesOf(call)) await disconnect(call, line)
  await forgetAccounts(call, openLineOf(call))
  return done()
}

export async function infoConnect(call: CommandCall): Promise<RouteReply> {
  lineOf(call)
  const line = await findLine(call)
  // A success is remembered for a day.
  if (!line || !isConnected(line)) {
    throw new CommandError('CONNECTOR_NOT_CONNECTED', 'nothing is connected to this open line')
  }
  return done(toAccount(line))
}

/** Where people find a Bot Framework bot: as it was entered. */
export async function infoConnectLink(call: CommandCall): Promise<RouteReply> {
  const line = await findLine(call)
  if (!line) return done()
  const kept = await keptOf(call, line)
  const handle = line.settings['botHandle'] ?? ''
  return done({
    ID: handle,
    URL: handle === '' ? '' : `https://dev.botframework.com/bots?id=${encodeURIComponent(handle)}`,
    ...Object.fromEntries(Object.entries(kept).map(([name, url]) => [toLinkName(name), url])),
  })
}

/** Everything that is connected to the open line. */
export async function infoConnectorsLine(call: CommandCall): Promise<RouteReply> {
  const accounts = (await linesOf(call)).flatMap((line) => {
    const connector = toPortalConnector(line.connector)
    return connector !== undefined && isConnected(line) ? [[connector, toAccount(line)]] : []
  })
  return done(Object.fromEntries(accounts))
}

/** The form of a bot with the address that is to be entered at its provider, which is there before anything is saved. */
export async function formInformation(call: CommandCall): Promise<RouteReply> {
  const { context, portal } = call
  const line = await context.lines.reserve({ ...lineOf(call), portalId: portal.id })
  await resume(call, lineOf(call))
  const settings = { ...(await keptOf(call, line)), ...toForm(line) }
  return done({ RESULT: { SETTINGS: settings, URL_WEBHOOK: line.webhookUrl } })
}

export async function listConnectors({ context, portal }: CommandCall): Promise<RouteReply> {
  const list = await context.call(portal, 'listConnectors', {})
  const known = (Array.isArray(list) ? list.filter(isRecord) : []).flatMap(({ id, title }) => {
    const connector = toPortalConnector(String(id))
    return connector === undefined ? [] : [[connector, String(title)]]
  })
  return done(Object.fromEntries(known))
}

/** The portal's address has changed: from now on its events go there. */
export async function saveDomainSite(call: CommandCall): Promise<RouteReply> {
  const { context, portal, args } = call
  const url = URL.parse(textOf(args[0]) ?? '')
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new CommandError(`${SITE_ERROR}MALFORMED`, 'this is no address of a site')
  }
  if (isPrivate(call, url)) {
    const message = 'the address is private: the hub can not reach it'
    throw new CommandError(`${SITE_ERROR}LOCALHOST`, message)
  }
  const address = (url.origin + url.pathname).replace(/\/+$/, '')
  await context.editPortal(portal.id, { url: address })
  return done()
}

/** On its face; a name that leads to a private address is refused when it is used. */
function isPrivate({ context, portal }: CommandCall, { hostname }: URL): boolean {
  try {
    context.guard.narrowed(portal.allowedTargets).assertHost(hostname)
    return false
  } catch (error) {
    if (error instanceof TransportError) return true
    throw error
  }
}

/** The options page shows errors that begin so in the administrator's language. */
const SITE_ERROR = 'IM_CONNECTOR_SERVER_ERROR_'

async function requireSaved(call: CommandCall): Promise<void> {
  if (await findLine(call)) return
  throw new CommandError(INCORRECT, 'no settings are saved for this open line: save them first')
}

/** Those of the open line that is named in the arguments, else in the command. */
async function linesOf(call: CommandCall) {
  const { context, portal } = call
  const line = openLineOf(call)
  return line === '' ? [] : await context.lines.withExternalId(portal.id, line)
}

function openLineOf({ args, command }: CommandCall): string {
  return textOf(args[0]) || command.line
}

async function fieldsOf(
  { context, portal }: CommandCall,
  connector: string,
): Promise<ReadonlySet<string>> {
  const list = await context.call(portal, 'listConnectors', {})
  const found = (Array.isArray(list) ? list.filter(isRecord) : []).find(
    ({ id }) => id === connector,
  )
  if (!found) throw new UnknownMethodError(`there is no connector ${connector}`)
  const fields = Array.isArray(found['fields']) ? found['fields'].filter(isRecord) : []
  return new Set(fields.map(({ key }) => String(key)))
}

async function keep(
  call: CommandCall,
  line: DoorLine,
  form: Readonly<Record<string, string>>,
): Promise<void> {
  const value = JSON.stringify({ ...(await keptOf(call, line)), ...form })
  await call.context.memory.lines.write(line.lineId, [{ name: KEPT_FORM, value, isLasting: true }])
}

async function keptOf({ context }: CommandCall, { lineId }: DoorLine) {
  const kept = (await context.memory.lines.read(lineId, [KEPT_FORM])).get(KEPT_FORM)
  return kept === undefined ? {} : (JSON.parse(kept) as Record<string, string>)
}

function toLinkName(field: string): string {
  if (field === 'url_skypebot') return 'URL_SKYPE'
  return field === 'url_twilio' ? 'URL_SMS' : field.toUpperCase()
}

function toError({ error }: Extract<ConnectReport, { ok: false }>): CommandError {
  const code = error.code === 'HUB_CHANNEL_UNREACHABLE' ? NO_ANSWER : INCORRECT
  return new CommandError(code, error.message)
}
