import { z } from 'zod'
import { given } from '../../core/given.ts'
import type { Frozen } from '../../core/shapes/basic.ts'
import { connectorShape } from '../../core/shapes/connector.ts'
import type { Registry } from '../../registry/registry.ts'
import { portalMethod } from './method.ts'

/** Everything a portal needs to draw a settings form and to know what a channel can do. */
export const listConnectors = portalMethod(
  'listConnectors',
  {
    summary: 'what each connector needs and can do',
    params: z.strictObject({}),
    result: z.array(connectorShape),
  },
  async (_params, { registry }) => listedConnectors(registry),
)

export function listedConnectors(registry: Registry): Frozen<z.infer<typeof connectorShape>[]> {
  return registry.list().map(({ descriptor }) => ({
    id: descriptor.id,
    title: descriptor.title,
    ...given({ parent: descriptor.parent }),
    fields: descriptor.fields,
    ...given({ guide: descriptor.guide }),
    capabilities: descriptor.capabilities,
    methods: descriptor.methods,
  }))
}
