import { z } from 'zod'
import type { NamedMethodApi } from '../../core/api-part.ts'
import type { Registry } from '../../registry/registry.ts'
import { lineParams } from './method.ts'
import { STANDARD } from './table.ts'

/** All remote methods, with connectors' own behind the standard ones. */
export function methodApis(registry: Registry): NamedMethodApi[] {
  return [...STANDARD.map(({ name, api }) => ({ name, ...api })), ...ownMethodApis(registry)]
}

/** Whether a method is about one line, which `connector` and `line` in its params name. Connectors' own are. */
export function isAboutLine(name: string, registry: Registry): boolean {
  const params = STANDARD.find((method) => method.name === name)?.api.params
  if (!params) return registry.list().some(({ descriptor }) => descriptor.methods.includes(name))
  if (!(params instanceof z.ZodObject)) return false
  const { connector, line }: Readonly<Record<string, z.ZodType | undefined>> = params.shape
  return [connector, line].every((one) => one?.safeParse(undefined).success === false)
}

/** Virtual connectors have the methods of their parents; one of several connectors says for each what it takes there. */
function ownMethodApis(registry: Registry): NamedMethodApi[] {
  const byName = new Map<string, NamedMethodApi[]>()
  for (const { descriptor } of registry.list()) {
    const methods = registry.findFor(descriptor.id, undefined)?.connector.methods ?? []
    for (const { name, api } of methods) {
      const known = byName.get(name) ?? []
      const isKnown = known.some(({ params }) => params === api.params)
      byName.set(name, isKnown ? known : [...known, { name, ...api }])
    }
  }
  return [...byName.values()].map(merge)
}

function merge(apis: readonly NamedMethodApi[]): NamedMethodApi {
  const { name = '', summary = '' } = apis[0] ?? {}
  return {
    name,
    summary,
    params: oneOf(apis.map(({ params }) => withLine(params))),
    result: oneOf(apis.map(({ result }) => result)),
  }
}

function oneOf(schemas: readonly z.ZodType[]): z.ZodType {
  const [only] = schemas
  return only && schemas.length === 1 ? only : z.union(schemas)
}

function withLine(params: z.ZodType): z.ZodType {
  const own = params instanceof z.ZodObject ? params.shape : {}
  return z.strictObject({ ...lineParams, ...own })
}
