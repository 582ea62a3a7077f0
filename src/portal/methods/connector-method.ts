import { z } from 'zod'
import type { ConnectorMethod } from '../../core/connector.ts'
import { UnknownMethodError } from '../../core/errors.ts'
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
  const entry = call.lineOperations.findConnector(connector)
  const method = entry.connector.methods.find((candidate) => candidate.name === name)
  if (!method) throw new UnknownMethodError(`${connector} has no method ${name}`)
  const record = await call.lineOperations.find(
    addressOf(call.portal, { connector, line: externalLine }),
  )
  return await run(method, own, await activate(call, record), call)
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
