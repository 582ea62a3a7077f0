import type { Connector, ConnectorContext, ConnectorDescriptor } from '../core/connector.ts'
import { PerTargets } from '../core/per-targets.ts'
import type { Portal } from '../core/portal.ts'

/** A list of connectors that can't work; found at start. */
export class RegistryError extends Error {
  override name = 'RegistryError'
  readonly code = 'HUB_BAD_REGISTRY'
}

export interface RegistryEntry {
  readonly descriptor: ConnectorDescriptor
  /** The id under which identities are claimed: the parent's for a virtual connector. */
  readonly realId: string
}

export interface WorkingEntry extends RegistryEntry {
  readonly connector: Connector
}

/**
 * The factory: a connector's id → its descriptor and its code, an instance for each list of private targets that portals
 * have. So the way out that a connector is given is always that of the portal it works for.
 */
export class Registry {
  readonly #entries = new Map<string, RegistryEntry>()
  readonly #working: PerTargets<ReadonlyMap<string, WorkingEntry>>

  /** Throws RegistryError on a duplicate, or on a parent that is missing or virtual itself. */
  constructor(
    descriptors: readonly ConnectorDescriptor[],
    contextFor: (connectorId: string, allowed: Portal['allowedTargets']) => ConnectorContext,
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
        realId: descriptor.parent ?? descriptor.id,
      })
    }
    this.#working = new PerTargets((allowed) => this.#create(contextFor, allowed))
  }

  find(id: string): RegistryEntry | undefined {
    return this.#entries.get(id)
  }

  /** With the code that works for portals which may reach `allowed` (`Portal.allowedTargets`). */
  findFor(id: string, allowed: Portal['allowedTargets']): WorkingEntry | undefined {
    return this.#working.of(allowed).get(id)
  }

  list(): RegistryEntry[] {
    return [...this.#entries.values()]
  }

  #create(
    contextFor: (connectorId: string, allowed: Portal['allowedTargets']) => ConnectorContext,
    allowed: Portal['allowedTargets'],
  ): ReadonlyMap<string, WorkingEntry> {
    return new Map(
      this.list().map((entry) => {
        const { id } = entry.descriptor
        return [id, { ...entry, connector: entry.descriptor.create(contextFor(id, allowed)) }]
      }),
    )
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
