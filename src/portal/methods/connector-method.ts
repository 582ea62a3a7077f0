import { z } from 'zod'
import type { ConnectorMethod } from '../../core/connector.ts'
import { ParamsError, UnknownMethodError } from '../../core/errors.ts'
import { HALF_PAIR, isWellFormed } from '../../core/id-text.ts'
import { isRecord } from '../../core/json.ts'
import { parseParams } from '../../core/params.ts'
import { activate, addressOf, lineParams, type MethodCall } from './method.ts'

const schema = z.looseObject(lineParams)

/** Runs a method of the connector's own, with the params that are left when connector and line are taken away. */
export async function callOwnMethod(
  name: string,
  params: Record<string, unknown>,
  call: MethodCall,
): Promise<unknown> {
  const isKnown = call.registry.list().some(({ descriptor }) => descriptor.methods.includes(name))
  if (!isKnown) throw new UnknownMethodError(`there is no method ${name.slice(0, 64)}`)
  const { connector, line: externalLine, ...own } = parseParams(schema, params)
  checkIds(own)
  call.lineOperations.findConnector(connector)
  const working = call.registry.findFor(connector, call.portal.allowedTargets)
  const method = working?.connector.methods.find((candidate) => candidate.name === name)
  if (!method) throw new UnknownMethodError(`${connector} has no method ${name}`)
  const record = await call.lineOperations.find(
    addressOf(call.portal, { connector, line: externalLine }),
  )
  return await run(method, own, await activate(call, record), call)
}

/** What an own method's schema need not ask for: keys and chat ids are the hub's, whoever takes them. */
function checkIds({ key, chat }: Record<string, unknown>): void {
  const ids = { key, 'chat.id': isRecord(chat) ? chat['id'] : undefined }
  const faults = Object.entries(ids).flatMap(([field, id]) =>
    typeof id === 'string' && !isWellFormed(id) ? [{ field, problem: HALF_PAIR }] : [],
  )
  if (faults.length > 0) throw new ParamsError(faults)
}

async function run(
  method: ConnectorMethod<unknown>,
  params: unknown,
  { line, record }: Awaited<ReturnType<typeof activate>>,
  call: MethodCall,
): Promise<unknown> {
  const { conversations, clock, signal } = call
  return await method.run(params, line, {
    signal,
    conversation: (chatId) => conversations.find(record.id, chatId),
    latestConversation: () => conversations.latest(record.id),
    remember: (chatId, context) => conversations.remember(record.id, chatId, context, clock.now()),
  })
}
