import type { Config } from '#config'
import type { Clock } from './core/clock.ts'
import type { ConnectorDescriptor } from './core/connector.ts'
import type { DialectDescriptor } from './core/dialect.ts'
import type { TargetGuard } from './core/http.ts'
import type { Log } from './core/log.ts'
import { PerTargets } from './core/per-targets.ts'
import { Pools } from './core/pools.ts'
import { resolveSecretKey } from './db/engine/key-file.ts'
import { createSecretBox } from './db/engine/secret-box.ts'
import { Store } from './db/engine/store.ts'
import { ConversationRepository } from './db/lines/conversations.ts'
import { LineRepository } from './db/lines/lines.ts'
import { PortalRepository } from './db/lines/portals.ts'
import { SealedValues } from './db/lines/sealed-values.ts'
import { FileLinks } from './files/links.ts'
import { FileSource } from './files/source.ts'
import { LineConnection } from './lines/connection.ts'
import { DeadLetterOperations } from './lines/dead-letter-operations.ts'
import { LineDirectory } from './lines/directory.ts'
import { IdentityOperations } from './lines/identity-operations.ts'
import { KeyOperations } from './lines/key-operations.ts'
import { LineOperations } from './lines/line-operations.ts'
import { PortalDirectory } from './lines/portal-directory.ts'
import { PortalOperations, type TargetRules } from './lines/portal-operations.ts'
import { PortalRemoval } from './lines/portal-removal.ts'
import { QueueCounts } from './lines/queue-counts.ts'
import { createSignals, type Signals } from './lines/signals.ts'
import { createChannelClient } from './outgoing/channel-client.ts'
import { createTargetGuard } from './outgoing/guard.ts'
import { checkCidr, overlap } from './outgoing/narrow.ts'
import { Speakers } from './portal/speakers.ts'
import { Registry } from './registry/registry.ts'
import { followed } from './trace/follow.ts'
import { TraceOperations } from './trace/operations.ts'
import { secretsOfProcess } from './trace/secrets-of.ts'
import { Traces } from './trace/traces.ts'

/** What a running hub and the command line share: the store, lines and portals, connectors and the ways out. */
export interface Services {
  readonly config: Config
  /** For deadlines and the order of things. */
  readonly clock: Clock
  /** For what others read: timestamps of signatures, instants in packets. */
  readonly wall: Clock
  readonly log: Log
  /** Where messengers reach the hub; no trailing slash. */
  readonly publicUrl: string
  readonly signals: Signals
  /** What all tenants share. */
  readonly pools: Pools
  readonly store: Store
  readonly portalRepository: PortalRepository
  readonly portalDirectory: PortalDirectory
  readonly portalOperations: PortalOperations
  readonly removal: PortalRemoval
  readonly lineRepository: LineRepository
  readonly lineDirectory: LineDirectory
  readonly lineOperations: LineOperations
  readonly deadLetterOperations: DeadLetterOperations
  readonly keyOperations: KeyOperations
  readonly identityOperations: IdentityOperations
  readonly conversations: ConversationRepository
  readonly registry: Registry
  readonly dialects: readonly DialectDescriptor[]
  readonly speakers: Speakers
  readonly connection: LineConnection
  readonly guard: TargetGuard
  readonly traces: Traces
  readonly traceOperations: TraceOperations
  readonly links: FileLinks
  /** Aborted by `close`, and by the app when it has waited long enough. */
  readonly stopping: AbortController
  close(): Promise<void>
}

export interface ServiceParts {
  readonly connectors: readonly ConnectorDescriptor[]
  readonly dialects: readonly DialectDescriptor[]
  readonly clock: Clock
  readonly wall: Clock
  readonly log: Log & { child(bindings: object): Log }
  readonly publicUrl: string
}

/** Puts the parts together; opens no connection yet. Throws KeyFileError, RegistryError. */
export function openServices(config: Config, parts: ServiceParts): Services {
  const { clock, wall, log, publicUrl, dialects } = parts
  const secretKey = resolveSecretKey(config.database, config.secretKey)
  const signals = createSignals()
  const store = new Store(config.database, {
    onUncertainCommit: () => signals.commitUncertain.raise(),
  })
  logFiles(store, log)
  const box = createSecretBox(secretKey, config.previousSecretKey)
  const guard = createTargetGuard(config.allowPrivateTargets)
  const waysOut = createWaysOut(guard)
  const repositories = {
    portalRepository: new PortalRepository(store, box),
    lineRepository: new LineRepository(store, box),
  }
  const processSecrets = secretsOfProcess(config, secretKey)
  const traces = new Traces({ ...parts, ...repositories, store, processSecrets })
  const tapped = followed(parts.connectors, { taps: traces, clock: wall })
  const registry = new Registry(tapped, (connectorId, allowed) => ({
    ...waysOut.of(allowed),
    clock: wall,
    log: log.child({ connector: connectorId }),
  }))
  const { portalTimeoutMs: timeoutMs } = config
  const speakers = new Speakers(dialects, { guard, clock: wall, log, timeoutMs, taps: traces })
  const stopping = new AbortController()
  const lines = createLines(
    { store, clock, log, registry, speakers, signals },
    {
      ...parts,
      ...repositories,
      signal: stopping.signal,
      targets: {
        problemOf: checkCidr,
        isReached: (cidr) => config.allowPrivateTargets.some((one) => overlap(one, cidr)),
      },
    },
  )
  return {
    config,
    clock,
    wall,
    log,
    publicUrl,
    signals,
    pools: new Pools(clock, log),
    store,
    ...lines,
    identityOperations: new IdentityOperations({ store, clock, log, registry }),
    keyOperations: new KeyOperations(new SealedValues(store, box), box.keys, wall),
    conversations: new ConversationRepository(store),
    registry,
    dialects,
    speakers,
    guard,
    traces,
    traceOperations: new TraceOperations({ store, clock, traces }),
    links: new FileLinks(secretKey, wall, publicUrl, config.previousSecretKey),
    stopping,
    async close() {
      stopping.abort()
      for (const { http, files } of waysOut.all()) {
        http.close()
        await files.close()
      }
      await speakers.close()
      await traces.stop()
      await store.close()
    },
  }
}

function createWaysOut(guard: TargetGuard): PerTargets<{
  readonly http: ReturnType<typeof createChannelClient>
  readonly files: FileSource
}> {
  return new PerTargets((allowed) => {
    const narrowed = guard.narrowed(allowed)
    return { http: createChannelClient(narrowed), files: new FileSource(narrowed) }
  })
}

function logFiles({ files }: Store, log: Log): void {
  if (files && files.narrowed.length > 0) {
    const fields = { event: 'store.files-narrowed', files: files.narrowed }
    log.warn(fields, "others than the owner had rights to the store's files; they have none now")
  }
  if (files && files.open.length > 0) {
    const fields = { event: 'store.files-open', files: files.open }
    log.warn(
      fields,
      "others than the owner have rights to the store's files, which can't be changed",
    )
  }
}

/** Lines and portals, with everything that can be done with them. */
function createLines(
  common: Pick<Services, 'store' | 'clock' | 'log' | 'registry' | 'speakers' | 'signals'>,
  parts: Pick<Services, 'publicUrl' | 'dialects' | 'portalRepository' | 'lineRepository'> & {
    readonly signal: AbortSignal
    readonly targets: TargetRules
  },
): Pick<
  Services,
  | 'portalRepository'
  | 'portalDirectory'
  | 'portalOperations'
  | 'removal'
  | 'lineRepository'
  | 'lineDirectory'
  | 'lineOperations'
  | 'deadLetterOperations'
  | 'connection'
> {
  const { clock, speakers: speaker } = common
  const { portalRepository, lineRepository, publicUrl, signal, dialects } = parts
  const portalDirectory = new PortalDirectory(portalRepository, clock)
  const lineDirectory = new LineDirectory({ ...common, lineRepository, portalDirectory, publicUrl })
  const connection = new LineConnection({
    ...common,
    lineRepository,
    lineDirectory,
    speaker,
    signal,
  })
  const removal = new PortalRemoval({
    ...common,
    portalRepository,
    lineRepository,
    connection,
    signal,
  })
  return {
    portalRepository,
    portalDirectory,
    portalOperations: new PortalOperations({
      store: common.store,
      signals: common.signals,
      clock,
      dialects,
      portalRepository,
      portalDirectory,
      removal,
      targets: parts.targets,
    }),
    removal,
    lineRepository,
    lineDirectory,
    lineOperations: new LineOperations({
      ...common,
      lineRepository,
      lineDirectory,
      connection,
      counts: new QueueCounts(common.store),
    }),
    deadLetterOperations: new DeadLetterOperations(common),
    connection,
  }
}
