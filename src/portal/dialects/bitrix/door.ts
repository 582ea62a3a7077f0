import { BoundedMap } from '../../../core/bounded-map.ts'
import type {
  Caller,
  Door,
  DoorContext,
  DoorRequest,
  DoorRequestHead,
} from '../../../core/dialect.ts'
import { given } from '../../../core/given.ts'
import type { Portal } from '../../../core/portal.ts'
import type { Refusal, RouteReply } from '../../../core/route.ts'
import { logCallFailure, toCallFailure } from '../../call-failure.ts'
import { CommandError } from './command-call.ts'
import { isAwaited, runCommand } from './commands.ts'
import { fromPortalConnector } from './connector-ids.ts'
import { ERA_NAME, type Era, eraOf } from './era.ts'
import { OAuthDoor } from './oauth/door.ts'
import { OAuth } from './oauth/oauth.ts'
import type { OAuthProviders } from './oauth/providers.ts'
import { failure, toFailure } from './refusal.ts'
import { type Command, readArguments, readCommand } from './wire/command.ts'
import { FormError } from './wire/form.ts'
import { PhpFormatError } from './wire/php-unserialize.ts'
import { valuesOf } from './wire/php-value.ts'
import { isSigned } from './wire/signature.ts'

/** Whose version is remembered; of others it is looked up with the next call. */
const MAX_PORTALS = 10_000
const LICENCE_HEADER = 'x-bitrix-licence'
const COMMANDS = '/imwebhook/portal.php'
const POPUPS = ['meta', 'vk'].flatMap((provider) =>
  ['start', 'callback'].map((step) => `/oauth/${provider}/${step}`),
)

/**
 * `POST /imwebhook/portal.php`: commands of the portal's own module, signed with its licence key. `GET /oauth/…`: the popups
 * of its pages, where people log in at Meta and VK.
 */
export class BitrixDoor implements Door {
  readonly routes: Door['routes']
  readonly #context: DoorContext
  readonly #oauth: OAuth
  readonly #popups: OAuthDoor
  readonly #eras = new BoundedMap<string, Era>(MAX_PORTALS)

  constructor(context: DoorContext, providers: OAuthProviders) {
    this.#context = context
    this.#oauth = new OAuth(context, providers)
    this.#popups = new OAuthDoor(context, this.#oauth)
    const refuse = this.#popups.refuse.bind(this.#popups)
    const popups = POPUPS.map((path) => ({ method: 'GET' as const, path, refuse }))
    this.routes = [{ method: 'POST', path: COMMANDS }, ...popups]
  }

  /** The module names its licence in the head too: a stranger's body needn't be read. */
  async refuseByHead({
    headers,
    path,
  }: DoorRequestHead): Promise<Extract<Caller, { ok: false }> | undefined> {
    if (path !== COMMANDS) return undefined
    const claims = headers[LICENCE_HEADER]
    if (typeof claims !== 'string') return undefined
    const isKnown = (await this.#context.findPortalBy('licence', claims)) !== undefined
    return isKnown ? undefined : { ok: false, reason: 'unknown licence', claims }
  }

  async identify(request: DoorRequest): Promise<Caller> {
    const { body, path } = request
    if (path !== COMMANDS) return await this.#popups.identify(request)
    const command = tryRead(body)
    if (typeof command === 'string') return { ok: false, reason: command }
    const claims = command.licence
    const known = await this.#context.findPortalBy('licence', claims)
    if (!known) return { ok: false, reason: 'unknown licence', claims }
    // A key that has just been changed by another process.
    const portal = this.#isFrom(known, command)
      ? known
      : ((await this.#context.reloadPortal(known.id)) ?? known)
    if (!this.#isFrom(portal, command)) return { ok: false, reason: 'wrong hash', claims }
    if (command.type !== 'CP') return { ok: false, reason: 'not an on-premise portal', claims }
    return { ok: true, portal }
  }

  /** Every failure has the portal's own form: no other is shown to anybody. */
  async answer(portal: Portal, request: DoorRequest): Promise<RouteReply> {
    const { body, path } = request
    if (path !== COMMANDS) return await this.#popups.answer(portal, request)
    const context = this.#context
    const oauth = this.#oauth
    const command = readCommand(body)
    try {
      await this.#noteEra(portal, command)
      const args = valuesOf(readArguments(command))
      const connector = fromPortalConnector(command.connector)
      return await runCommand({ context, portal, command, args, oauth, ...given({ connector }) })
    } catch (error) {
      const { code, message, data } = this.#toFault(portal, command, error)
      if (!isAwaited(command.command)) {
        // Old modules never see it, and new ones show their operator a code alone.
        const { connector, line } = command
        const fields = { portalId: portal.id, command: command.command, connector, line, code }
        context.log.warn({ event: 'bitrix.not-taken', ...fields }, 'an operator’s act was refused')
      }
      return failure(code, message, data)
    }
  }

  #toFault(
    portal: Portal,
    { command: method }: Command,
    error: unknown,
  ): Pick<CommandError, 'code' | 'message'> & { readonly data?: object | undefined } {
    if (error instanceof CommandError) return error
    if (error instanceof PhpFormatError) return { code: 'DATA_MALFORMED', message: error.message }
    logCallFailure(this.#context.log, error, { portalId: portal.id, method })
    const { code, message, fields = [] } = toCallFailure(error)
    const words = fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
    return { code, message: words || message }
  }

  /** What the portal can take depends on its module's version, which it says with each call. */
  async #noteEra({ id }: Portal, command: Command): Promise<void> {
    if (command.version === '') return
    const era = eraOf(command)
    if (this.#eras.get(id) === era) return
    const { portals } = this.#context.memory
    const stored = await portals.read(id, ERA_NAME)
    if (stored?.value !== era) await portals.write(id, [{ name: ERA_NAME, value: era }])
    this.#eras.set(id, era)
  }

  refuse(refusal: Refusal): ReturnType<typeof failure> {
    return toFailure(refusal)
  }

  #isFrom({ settings }: Portal, { fields, licence }: Command): boolean {
    const { keyHash } = settings
    return keyHash !== undefined && licence === settings['licence'] && isSigned(fields, keyHash)
  }
}

/** Why it can't be read, if it can't. */
function tryRead(body: Buffer): Command | string {
  try {
    return readCommand(body)
  } catch (error) {
    if (error instanceof FormError) return error.message
    throw error
  }
}
