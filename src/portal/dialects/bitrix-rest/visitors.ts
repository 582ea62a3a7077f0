import type { DoorRequest } from '../../../core/dialect.ts'
import { isRecord } from '../../../core/json.ts'
import type { Portal } from '../../../core/portal.ts'
import type { Callers, Context } from './callers.ts'
import { type FormFields, textAt } from './php-form.ts'
import { offeredTokens, type Tokens } from './tokens.ts'

/** Somebody in the portal's frame who was shown to be there, with the tokens that the portal gave them. */
export interface Visitor {
  readonly portal: Portal
  readonly tokens: Tokens
  /** The OAuth server has just given them out for those that came along. */
  readonly isProven?: true
}

export type Visit =
  | { readonly ok: true; readonly visitor: Visitor }
  | { readonly ok: false; readonly reason: string; readonly claims?: string }

const never = (): AbortSignal => new AbortController().signal

/**
 * Who opens a page in the portal's frame? The portal posts its tokens with it, and is asked itself, at the address that an
 * administrator of the hub has entered, whose they are. Throws StoreUnavailableError.
 */
export async function admit(
  context: Context,
  callers: Callers,
  { query }: Pick<DoorRequest, 'query'>,
  form: FormFields,
): Promise<Visit> {
  const memberId = textAt(form, 'member_id')
  const domain = query.get('DOMAIN') ?? textAt(form, 'DOMAIN')
  const portal = await callers.find({ portalId: query.get('portal') ?? '', memberId, domain })
  const claims = domain || memberId
  if (!portal) return { ok: false, reason: 'unknown portal', claims }
  const known = portal.settings['memberId']
  const isMoved = known !== undefined && memberId !== '' && known !== memberId
  if (isMoved) return { ok: false, reason: 'another portal at this address', claims }
  const offered = offeredTokens(
    portal,
    {
      access: textAt(form, 'AUTH_ID'),
      refresh: textAt(form, 'REFRESH_ID'),
      expiresIn: textAt(form, 'AUTH_EXPIRES'),
      server: textAt(form, 'SERVER_ENDPOINT'),
      memberId,
    },
    context.clock.now(),
  )
  if (!offered) return { ok: false, reason: 'no tokens', claims }
  const check = await callers.check(portal, offered.access, never())
  if (check.kind === 'refused') return { ok: false, reason: check.reason, claims }
  if (check.kind === 'ours') return { ok: true, visitor: { portal, tokens: offered } }
  const { rest } = context.speakerOf(portal)
  const tokens = await rest.tokens.prove(portal, offered, never())
  if (!tokens) return { ok: false, reason: 'the OAuth server does not vouch for the token', claims }
  return { ok: true, visitor: { portal, tokens, isProven: true } }
}

/** Errors of a portal that doesn't let the application ask who its user is. */
const UNASKED: ReadonlySet<string | undefined> = new Set([
  'INSUFFICIENT_SCOPE',
  'ERROR_METHOD_NOT_FOUND',
  'METHOD_NOT_FOUND',
])

/**
 * Is it an administrator's token? Where the portal doesn't let the application ask, what it lets others do with it is its own
 * business; where it can't answer, nobody is taken for one.
 */
export async function mayBeAdministrator(
  context: Context,
  portal: Portal,
  token: string,
): Promise<boolean> {
  const call = { method: 'profile', params: {}, isUnpaced: true } as const
  const outcome = await context.speakerOf(portal).rest.callWith(portal, token, call, never())
  if (outcome.kind === 'aborted') return false
  if (outcome.kind === 'failed') return UNASKED.has(outcome.code)
  return !(isRecord(outcome.result) && outcome.result['ADMIN'] === false)
}

/**
 * A portal whose tokens were lost gives new ones with each page that an administrator opens. To be done before the visit counts
 * as a sign of life: the lines that wait are tried then. Throws StoreUnavailableError.
 */
export async function mend(context: Context, { portal, tokens, isProven }: Visitor): Promise<void> {
  const book = context.speakerOf(portal).rest.tokens
  const stored = await book.tokensOf(portal.id)
  // Without any nothing is registered either: that is what an installation is for.
  if (tokens.refresh === '' || !stored || stored.ended === 'uninstalled') return
  // What was proven has used others up, which may have been those that are stored.
  if (stored.ended === undefined && !isProven) return
  if (await mayBeAdministrator(context, portal, tokens.access)) await book.put(portal.id, tokens)
}
