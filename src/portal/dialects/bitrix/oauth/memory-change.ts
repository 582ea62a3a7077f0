import type { PortalMemory } from '../../../../core/dialect-memory.ts'
import { StoreUnavailableError } from '../../../../core/errors.ts'

/** Processes that change the same entry take turns; each has at most this many who come before it. */
const MAX_TRIES = 10

/**
 * Changes what is kept under a name, whoever else does meanwhile: `change` is called anew with what they have left. It gives
 * undefined for "forget it", and the same text for "leave it". Throws StoreUnavailableError.
 */
export async function changeMemory(
  memory: PortalMemory,
  { portalId, name }: { readonly portalId: string; readonly name: string },
  change: (value: string | undefined) => string | undefined,
): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const found = await memory.read(portalId, name)
    const value = change(found?.value)
    if (value === found?.value) return
    const expected = found?.version ?? 0
    const entry = value === undefined ? { name, expected } : { name, expected, value }
    if (await memory.write(portalId, [entry])) return
  }
  throw new StoreUnavailableError('an entry is being changed all the time')
}
