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
import { type Command, readArguments, readCommand } from './command.ts'
import { CommandError } from './command-call.ts'
import { runCommand } from './commands.ts'
import { fromPortalConnector } from './connector-ids.ts'
import { ERA_NAME, type Era, eraOf } from './era.ts'
import { FormError } from './form.ts'
import { PhpFormatError } from './php-unserialize.ts'
import { valuesOf } from './php-value.ts'
import { failure, toFailure } from './refusal.ts'
import { isSigned } from './signature.ts'

/** Whose version is remembered; of others it is looked up with the next call. */
const MAX_PORTALS = 10_000
const LICENCE_HEADER = 'x-bitrix-licence'

/** `POST /imwebhook/portal.php`: commands of the portal's own module, signed with its licence key. */
export class BitrixDoor implements Door {
  readonly routes = [{ method: 'POST', path: '/imwebhook/portal.php' }] as const
  readonly #context: DoorContext
  readonly #eras = new BoundedMap<string, Era>(MAX_PORTALS)

  constructor(context: DoorContext) {
    this.#context = context
  }

  /** The module names its licence in the head too: a stranger's body needn't be read. */
  async refuseByHead({
    headers,
  }: DoorRequestHead): Promise<Extract<Caller, { ok: false }> | undefined> {
    const claims = headers[LICENCE_HEADER]
    if (typeof claims !== 'string') return undefined
    const isKnown = (await this.#context.findPortalBy('licence', claims)) !== undefined
    return isKnown ? undefined : { ok: false, reason: 'unknown licence', claims }
  }

  async identify({ body }: DoorRequest): Promise<Caller> {
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
  async answer(portal: Portal, { body }: DoorRequest): Promise<RouteReply> {
    const context = this.#context
    const command = readCommand(body)
    try {
      await this.#noteEra(portal, command)
      const args = valuesOf(readArguments(command))
      const connector = fromPortalConnector(command.connector)
      return await runCommand({ context, portal, command, args, ...given({ connector }) })
    } catch (error) {
      if (error instanceof CommandError) return failure(error.code, error.message)
      if (error instanceof PhpFormatError) return failure('DATA_MALFORMED', error.message)
      logCallFailure(context.log, error, { portalId: portal.id, method: command.command })
      const { code, message, fields = [] } = toCallFailure(error)
      const words = fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
      return failure(code, words || message)
    }
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
