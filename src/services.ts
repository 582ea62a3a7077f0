import type { Config } from '#config'
import type { Clock } from './core/clock.ts'
import type { ConnectorDescriptor } from './core/connector.ts'
import type { TargetGuard } from './core/http.ts'
import type { Log } from './core/log.ts'
import { resolveSecretKey } from './db/engine/key-file.ts'
import { createSecretBox } from './db/engine/secret-box.ts'
import { Store } from './db/engine/store.ts'
import { ConversationRepository } from './db/lines/conversations.ts'
import { LineRepository } from './db/lines/lines.ts'
import { PortalRepository } from './db/lines/portals.ts'
import { FileLinks } from './files/links.ts'
import { FileSource } from './files/source.ts'
import { LineConnection } from './lines/connection.ts'
import { LineDirectory } from './lines/directory.ts'
import { PortalDirectory } from './lines/portal-directory.ts'
import { createChannelClient } from './outgoing/channel-client.ts'
import { createTargetGuard } from './outgoing/guard.ts'
import { PacketClient } from './portal/dialects/native/packet-client.ts'
import { Registry } from './registry/registry.ts'

/** Where this process can be reached; known for sure only once it listens. */
export interface PublicAddress {
  url: string
}

/** What a running hub and the command line share: the store, its repositories, connectors and the ways out. */
export interface Services {
  readonly config: Config
  /** For deadlines and the order of things. */
  readonly clock: Clock
  /** For what others read: timestamps of signatures, instants in packets. */
  readonly wall: Clock
  readonly log: Log
  readonly address: PublicAddress
  readonly store: Store
  readonly portals: PortalRepository
  readonly portalDirectory: PortalDirectory
  readonly lines: LineRepository
  readonly directory: LineDirectory
  readonly conversations: ConversationRepository
  readonly registry: Registry
  readonly guard: TargetGuard
  readonly links: FileLinks
  readonly packets: PacketClient
  readonly connection: LineConnection
  /** Aborted by `close`, and by the app when it has waited long enough. */
  readonly stopping: AbortController
  /** Set by the app: what to wake when work has been queued. */
  readonly wakes: {
    inbox: () => void
    outbox: (lineIds?: Iterable<number>) => void
    uncertainCommit: () => void
  }
  close(): Promise<void>
}

export interface ServiceParts {
  readonly connectors: readonly ConnectorDescriptor[]
  readonly clock: Clock
  readonly wall: Clock
  readonly log: Log & { child(bindings: object): Log }
}

/** Puts the parts together; opens no connection yet. Throws KeyFileError, RegistryError. */
export function openServices(
  config: Config,
  { connectors, clock, wall, log }: ServiceParts,
): Services {
  const secretKey = resolveSecretKey(config.database, config.secretKey)
  const ignore = (): void => undefined
  const wakes = { inbox: ignore, outbox: ignore, uncertainCommit: ignore }
  const store = new Store(config.database, { onUncertainCommit: () => wakes.uncertainCommit() })
  const box = createSecretBox(secretKey, config.previousSecretKey)
  const address: PublicAddress = {
    url: config.publicUrl ?? `http://${config.host}:${config.port}`,
  }
  const publicUrl = (): string => address.url
  const guard = createTargetGuard(config.allowPrivateTargets)
  const channelClient = createChannelClient(guard)
  const files = new FileSource(guard)
  const registry = new Registry(connectors, (connectorId) => ({
    http: channelClient,
    files,
    clock: wall,
    log: log.child({ connector: connectorId }),
  }))
  const portals = new PortalRepository(store, box)
  const portalDirectory = new PortalDirectory(portals, clock)
  const lines = new LineRepository(store, box)
  const directory = new LineDirectory(lines, portalDirectory, registry, publicUrl)
  const packets = new PacketClient({ timeoutMs: config.portalTimeoutMs, guard, clock: wall, log })
  const stopping = new AbortController()
  const connection = new LineConnection({
    store,
    clock,
    log,
    lines,
    directory,
    testPortal: (portal, line, signal) => packets.test(portal, line, signal),
    signal: stopping.signal,
    wakeInbox: () => wakes.inbox(),
    wakeOutbox: () => wakes.outbox(),
  })
  return {
    config,
    clock,
    wall,
    log,
    address,
    store,
    portals,
    portalDirectory,
    lines,
    directory,
    conversations: new ConversationRepository(store),
    registry,
    guard,
    links: new FileLinks(secretKey, wall, publicUrl),
    packets,
    connection,
    stopping,
    wakes,
    async close() {
      stopping.abort()
      channelClient.close()
      await files.close()
      await packets.close()
      await store.close()
    },
  }
}
