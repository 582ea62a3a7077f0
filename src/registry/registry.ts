import type { Connector, ConnectorContext, ConnectorDescriptor } from '../core/connector.ts'

/** A list of connectors that can't work; found at start. */
export class RegistryError extends Error {
  override name = 'RegistryError'
  readonly code = 'HUB_BAD_REGISTRY'
}

export interface RegistryEntry {
  readonly descriptor: ConnectorDescriptor
  readonly connector: Connector
  /** The id under which identities are claimed: the parent's for a virtual connector. */
  readonly realId: string
}

/** The factory: a connector's id → its descriptor and the one instance of its code. */
export class Registry {
  readonly #entries = new Map<string, RegistryEntry>()

  /** Throws RegistryError on a duplicate, or on a parent that is missing or virtual itself. */
  constructor(
    descriptors: readonly ConnectorDescriptor[],
    contextFor: (connectorId: string) => ConnectorContext,
  ) {
    const byId = new Map<string, ConnectorDescriptor>()
    for (const descriptor of descriptors) {
      if (byId.has(descriptor.id)) {
        throw new RegistryError(`connector ${descriptor.id} is registered twice`)
      }
      byId.set(descriptor.id, descriptor)
    }
    for (const descriptor of descriptors) {
      checkParent(descriptor, byId)
      this.#entries.set(descriptor.id, {
        descriptor,
        connector: descriptor.create(contextFor(descriptor.id)),
        realId: descriptor.parent ?? descriptor.id,
      })
    }
  }

  find(id: string): RegistryEntry | undefined {
    return this.#entries.get(id)
  }

  list(): RegistryEntry[] {
    return [...this.#entries.values()]
  }
}

function checkParent(
  { id, parent }: ConnectorDescriptor,
  byId: ReadonlyMap<string, ConnectorDescriptor>,
): void {
  if (parent === undefined) return
  const found = byId.get(parent)
  if (!found) throw new RegistryError(`connector ${id} names ${parent} as parent, which is missing`)
  if (found.parent !== undefined) {
    throw new RegistryError(`connector ${id} names ${parent} as parent, which is virtual itself`)
  }
}
