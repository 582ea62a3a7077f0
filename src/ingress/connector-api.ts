import { z } from 'zod'
import type { ApiAnswer, ApiOperation, ApiPart, ApiPath } from '../core/api-part.ts'
import type { ConnectorRoute } from '../core/connector.ts'
import { refusalShape } from '../core/shapes/error.ts'
import type { Registry } from '../registry/registry.ts'

const hash = {
  name: 'hash',
  in: 'path',
  required: true,
  description: "of the line, as in its webhook's address",
  schema: z.string(),
} as const

const refusal = (description: string): ApiAnswer => ({
  description,
  content: { 'application/json': refusalShape },
})

const REFUSALS = {
  401: refusal('HUB_BAD_TOKEN: not a visitor of this line'),
  403: refusal('HUB_FORBIDDEN: asked by the page of a site that may not use this line'),
  404: refusal('HUB_UNKNOWN_LINE'),
  409: refusal('HUB_LINE_NOT_CONNECTED'),
  429: refusal('HUB_LIMIT: come again after Retry-After'),
}

/** The addresses that connectors have for people without a messenger. */
export function connectorApi(registry: Registry): ApiPart {
  const paths: Record<string, ApiPath> = {}
  for (const { descriptor } of registry.list()) {
    const { id } = descriptor
    for (const route of registry.findFor(id, [])?.connector.routes ?? []) {
      const path = `/${id}/{hash}${route.path}`
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(id, route) }
    }
  }
  return { paths }
}

function operation(
  connector: string,
  { method, path, summary }: Pick<ConnectorRoute<unknown>, 'method' | 'path' | 'summary'>,
): ApiOperation {
  const name = path.replace(/[^a-z]+(\w?)/g, (_, letter: string) => letter.toUpperCase())
  return {
    id: `${method.toLowerCase()}${connector[0]?.toUpperCase()}${connector.slice(1)}${name}`,
    summary,
    tag: connector,
    parameters: [hash],
    answers: { 200: { description: 'done' }, ...REFUSALS },
  }
}
