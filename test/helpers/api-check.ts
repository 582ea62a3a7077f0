import { AssertionError } from 'node:assert'
import type { z } from 'zod'
import { isRecord } from '../../src/core/json.ts'
import { callErrorShape } from '../../src/core/shapes/error.ts'
import { packetShape } from '../../src/core/shapes/packet.ts'
import { STANDARD } from '../../src/portal/methods/table.ts'

/**
 * Holds what a hub says against the schemas that `/openapi.json` is made of. They are strict, so a field that nobody has
 * described is a fault as well. A fault fails the test that is running, whatever becomes of the answer.
 */

const MAX_SHOWN = 2000

/** The result's schema of a method, by its name. */
export type Results = ReadonlyMap<string, z.ZodType>

export const STANDARD_RESULTS: Results = new Map(
  STANDARD.map(({ name, api }) => [name, api.result]),
)

export function checkPacket(raw: Buffer): void {
  const packet: unknown = JSON.parse(raw.toString('utf8'))
  check(packetShape, packet, 'a packet')
}

/** `call` and `answer` are bodies: a call or a batch, and what came of it. */
export function checkAnswer(call: string, answer: string, results: Results): void {
  const calls = listOf(call)
  for (const reply of listOf(answer).filter(isRecord)) {
    if (reply['error'] !== undefined) check(callErrorShape, reply['error'], 'an error')
    const method = calls.find((one) => isRecord(one) && one['id'] === reply['id'])
    const name = isRecord(method) ? String(method['method']) : ''
    const schema = results.get(name)
    if (schema && 'result' in reply) check(schema, reply['result'], `the result of ${name}`)
  }
}

function listOf(json: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value : [value]
  } catch {
    return []
  }
}

function check(schema: z.ZodType, value: unknown, what: string): void {
  const { error } = schema.safeParse(value)
  if (!error) return
  const message = `${what} isn't what /openapi.json says: ${JSON.stringify(error.issues)}\n${JSON.stringify(value).slice(0, MAX_SHOWN)}`
  // Not to the caller: a hub repeats what a portal has failed on, and a client turns it into an error that tests expect.
  process.nextTick(() => {
    throw new AssertionError({ message })
  })
}
