import { SettingsError } from '../../../core/errors.ts'
import { given } from '../../../core/given.ts'
import type { RouteReply } from '../../../core/route.ts'
import type { Context } from './callers.ts'
import { escapeHtml, htmlReply, note } from './html.ts'
import { isRegistered, registerAt } from './register.ts'
import { APPLICATION_TOKEN } from './tokens.ts'
import { mayBeAdministrator, type Visitor } from './visitors.ts'
import { wordsFor } from './words.ts'

const SAME_MS = 30_000

/**
 * Takes an installation over: tokens, address, our connectors and the portal's events. May be done again at any time, with
 * nothing lost. Throws StoreUnavailableError.
 */
export async function install(
  context: Context,
  visitor: Visitor,
  applicationToken: string,
): Promise<readonly string[]> {
  const { portal, tokens } = visitor
  if (!(await mayBeAdministrator(context, portal, tokens.access))) {
    return ['only an administrator of the portal can install the application']
  }
  if (tokens.refresh === '')
    return ['the portal sent no REFRESH_ID: its tokens could not be renewed']
  const fault = await learn(context, visitor)
  if (fault !== undefined) return [fault]
  const book = context.speakerOf(portal).rest.tokens
  const before = await book.tokensOf(portal.id)
  await book.put(portal.id, tokens)
  if (applicationToken !== '') await keepApplicationToken(context, portal.id, applicationToken)
  // A portal says twice that it has installed something, by a page and by an event: the second time nothing is left to do.
  const isSecond = before && !before.ended && context.clock.now() - before.since < SAME_MS
  if (isSecond && (await isRegistered(context, portal))) return []
  const faults = await registerAt(context, portal, new AbortController().signal)
  const fields = { event: 'portal.installed', portalId: portal.id, faults: faults.length }
  context.log.info(fields, 'a portal has installed the application')
  return faults
}

export async function keepApplicationToken(
  context: Context,
  portalId: string,
  value: string,
): Promise<void> {
  await context.memory.portals.write(portalId, [{ name: APPLICATION_TOKEN, value }])
}

/** Later calls find the portal by these. */
async function learn(context: Context, { portal, tokens }: Visitor): Promise<string | undefined> {
  const domain = new URL(tokens.endpoint).host
  const settings = { domain, ...given({ memberId: tokens.memberId }) }
  const isKnown = Object.entries(settings).every(([key, value]) => portal.settings[key] === value)
  if (isKnown) return undefined
  try {
    await context.editPortal(portal.id, { settings })
    return undefined
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.fields.map(({ field, problem }) => `${field}: ${problem}`).join('; ')
  }
}

export function installPage({ portal }: Visitor, faults: readonly string[]): RouteReply {
  const { language } = portal
  const words = wordsFor(language)
  const list = faults.map((fault) => `<li>${escapeHtml(fault)}</li>`).join('')
  const isDone = faults.length === 0
  const body = isDone
    ? `${note(words.installed)}<p>${escapeHtml(words.installNext)}</p>`
    : `${note(words.installFailed, true)}<ul>${list}</ul>`
  const page = { language, title: words.installTitle, body }
  return htmlReply(200, isDone ? { ...page, endsInstallation: true } : page, portal)
}
