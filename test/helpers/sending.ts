import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { SendContext } from '../../src/core/connector.ts'
import { DeliveryError } from '../../src/core/errors.ts'

/** The first attempt at `out_1`, unless told otherwise. */
export function sendContext(extra: Partial<SendContext> = {}): SendContext {
  const signal = new AbortController().signal
  const partSent = async (): Promise<void> => undefined
  return { signal, out: 'out_1', attempt: 1, done: [], partSent, ...extra }
}

/** The decision with which a delivery fails. Its error must not show `secret`. */
export async function faultOf(
  delivery: Promise<unknown> | undefined,
  secret: string,
): Promise<DeliveryError['fault']> {
  const error = await delivery?.then(
    () => assert.fail('succeeded'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DeliveryError, inspect(error))
  assert.ok(!inspect(error, { depth: 9 }).includes(secret))
  return error.fault
}
