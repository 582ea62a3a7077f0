import type {
  Caller,
  Door,
  DoorContext,
  DoorRequest,
  DoorRequestHead,
} from '../../../core/dialect.ts'
import type { Portal } from '../../../core/portal.ts'
import type { Refusal, RouteReply } from '../../../core/route.ts'
import { type Command, readCommand } from './command.ts'
import { FormError } from './form.ts'
import { failure, toFailure } from './refusal.ts'
import { isSigned } from './signature.ts'

const LICENCE_HEADER = 'x-bitrix-licence'

/** `POST /imwebhook/portal.php`: commands of the portal's own module, signed with its licence key. */
export class BitrixDoor implements Door {
  readonly routes = [{ method: 'POST', path: '/imwebhook/portal.php' }] as const
  readonly #context: DoorContext

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

  async answer(_portal: Portal, _request: DoorRequest): Promise<RouteReply> {
    return await Promise.resolve(failure('COMMAND_NOT_SUPPORTED', 'this command is not supported'))
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
