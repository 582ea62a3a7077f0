import type { Config } from '#config'
import { ConsoleLinks } from './admin/links.ts'
import { Traffic } from './admin/traffic.ts'
import { createBrowserCode } from './assets/browser-code.ts'
import { bounded } from './checks/bounded.ts'
import { HealthBook } from './checks/health-book.ts'
import { HealthDesk } from './checks/health-desk.ts'
import { LineCheck } from './checks/line-check.ts'
import { LineChecks } from './checks/line-checks.ts'
import { MoveProgress } from './checks/move-progress.ts'
import { type Communications, createCommunications } from './communicating.ts'
import { AdminToken } from './core/admin-token.ts'
import type { Clock } from './core/clock.ts'
import type { DialectDescriptor } from './core/dialect.ts'
import type { DialectMemory } from './core/dialect-memory.ts'
import { TransportError } from './core/errors.ts'
import { given } from './core/given.ts'
import type { HttpClient, TargetGuard } from './core/http.ts'
import { type Journal, NO_JOURNAL } from './core/journal.ts'
import type { Log } from './core/log.ts'
import type { Meters } from './core/meters.ts'
import { Pools } from './core/pools.ts'
import type { Portal } from './core/portal.ts'
import type { Tracer } from './core/tracing.ts'
import { resolveSecretKey } from './db/engine/key-file.ts'
import { createSecretBox, type SecretBox } from './db/engine/secret-box.ts'
import { Store } from './db/engine/store.ts'
import { ConversationRepository } from './db/lines/conversations.ts'
import { LineMemoryRepository } from './db/lines/line-memory.ts'
import { LineRepository } from './db/lines/lines.ts'
import { PortalMemoryRepository } from './db/lines/portal-memory.ts'
import { PortalRepository } from './db/lines/portals.ts'
import { SealedValues } from './db/lines/sealed-values.ts'
import { FileLinks } from './files/links.ts'
import { MessageFinder } from './journal/finder.ts'
import { JournalWriter } from './journal/writer.ts'
import { LineConnection } from './lines/connection.ts'
import { DeadLetterOperations } from './lines/dead-letter-operations.ts'
import { type ActiveLine, LineDirectory } from './lines/directory.ts'
import { IdentityOperations } from './lines/identity-operations.ts'
import { KeyOperations } from './lines/key-operations.ts'
import { LineOperations } from './lines/line-operations.ts'
import { PortalDirectory } from './lines/portal-directory.ts'
import { PortalOperations, type TargetRules } from './lines/portal-operations.ts'
import { PortalRemoval } from './lines/portal-removal.ts'
import { QueueCounts } from './lines/queue-counts.ts'
import { createSignals, type Signals } from './lines/signals.ts'
import { KeptUploads } from './mailbox/kept-uploads.ts'
import { StoreMailbox } from './mailbox/store-mailbox.ts'
import { createTargetGuard } from './outgoing/guard.ts'
import { Speakers } from './portal/speakers.ts'
import { RecipientBook } from './recipients/book.ts'
import type { Registry } from './registry/registry.ts'
import type { ServiceParts } from './service-parts.ts'
import { AnswerTap } from './trace/answer-tap.ts'
import { TraceOperations } from './trace/operations.ts'
import { secretsOfProcess } from './trace/secrets-of.ts'
import { Traces } from './trace/traces.ts'
import { createRegistry, createWaysOut, targetRules, type WaysOut } from './ways-out.ts'

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
  /** Absent: it is off. */
  readonly journal: JournalWriter | undefined
  /** Whoever is told what became of messages: the journal, and what counts for the console. */
  readonly journals: Journal
  readonly traffic: Traffic
  readonly adminToken: AdminToken
  readonly consoleLinks: ConsoleLinks
  /** Absent: nobody may look. */
  readonly meters: Meters | undefined
  /** Absent: nobody has asked for traces. */
  readonly tracer: Tracer | undefined
  readonly messageFinder: MessageFinder
  readonly recipientBook: RecipientBook
  readonly communications: Communications
  /** For requests to addresses that a portal's administrators have entered; it reaches what that portal may reach. */
  httpFor(allowed: Portal['allowedTargets']): HttpClient
  readonly healthBook: HealthBook
  readonly healthDesk: HealthDesk
  readonly lineChecks: LineChecks
  readonly moves: MoveProgress
  readonly memory: DialectMemory
  readonly guard: TargetGuard
  readonly traces: Traces
  /** What channels answer to single sends. */
  readonly answers: AnswerTap
  readonly traceOperations: TraceOperations
  readonly links: FileLinks
  /** Aborted by `close`, and by the app when it has waited long enough. */
  readonly stopping: AbortController
  close(): Promise<void>
}

/** Puts the parts together; opens no connection yet. Throws KeyFileError, RegistryError. */
export function openServices(config: Config, parts: ServiceParts): Services {
  const { clock, wall, log, publicUrl, dialects, meters, tracer } = parts
  const secretKey = resolveSecretKey(config.database, config.secretKey)
  const signals = createSignals()
  const store = new Store(config.database, {
    onUncertainCommit: () => signals.commitUncertain.raise(),
    ...given({ meter: meters }),
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
  const answers = new AnswerTap()
  const kept = createKept({ store, clock: wall, log, signals })
  const registry = createRegistry(parts, { waysOut, traces, answers, ...kept })
  const { portalTimeoutMs: timeoutMs, journalMs } = config
  const records = createRecords(journalMs, { store, clock, wall, log })
  const { journal, journals, traffic, recipientBook } = records
  const communications = createCommunications({
    ...{ store, clock, log, registry, signals, recipientBook, publicUrl },
  })
  const watchers = given({ journal: journals, meter: meters, tracer })
  const memory = createMemory(store, box, clock)
  const context = { guard, clock: wall, log, timeoutMs, taps: traces, publicUrl, memory }
  const speakers = new Speakers(dialects, context, watchers)
  const stopping = new AbortController()
  const lines = createLines(
    { store, clock, log, registry, speakers, signals, config, journals },
    { ...parts, ...repositories, signal: stopping.signal, targets: targetRules(config) },
  )
  const writers = [
    () => kept.mailbox.stop(),
    () => journal?.close(),
    () => traffic.close(),
    () => recipientBook.close(),
    () => communications.sandbox.close(),
    () => traces.stop(),
    () => tracer?.close(),
  ]
  return {
    ...{ config, clock, wall, log, publicUrl, signals, registry, dialects, speakers },
    pools: new Pools(clock, log),
    store,
    ...lines,
    identityOperations: new IdentityOperations({ store, clock, log, registry }),
    keyOperations: createKeyOperations(config, { store, box, wall }),
    conversations: new ConversationRepository(store),
    ...records,
    adminToken: new AdminToken(config.adminToken, clock),
    consoleLinks: new ConsoleLinks({ store, clock: wall, publicUrl }),
    ...{ meters, tracer, memory, guard, traces, answers },
    traceOperations: new TraceOperations({ store, clock, traces }),
    communications,
    httpFor: (allowed) => waysOut.of(allowed).http,
    links: new FileLinks(secretKey, wall, publicUrl, config.previousSecretKey),
    stopping,
    close: () => closeAll(stopping, { waysOut, speakers, store, writers }),
  }
}

/** What is written down behind the commit: of messages, of how many there are, and of who writes. */
function createRecords(
  journalMs: number,
  { wall, ...deps }: Pick<Services, 'store' | 'clock' | 'wall' | 'log'>,
) {
  const journaled = createJournal(journalMs, deps)
  const traffic = new Traffic({ ...deps, clock: wall })
  const recipientBook = new RecipientBook(deps)
  return { ...journaled, journals: both(traffic, journaled.journal), traffic, recipientBook }
}

/** The ways out first, then what writes to the store, at last the store. */
async function closeAll(
  stopping: AbortController,
  {
    waysOut,
    speakers,
    store,
    writers,
  }: Pick<Services, 'speakers' | 'store'> & {
    readonly waysOut: WaysOut
    readonly writers: readonly (() => Promise<void> | undefined)[]
  },
): Promise<void> {
  stopping.abort()
  for (const { http, files } of waysOut.all()) {
    http.close()
    await files.close()
  }
  await speakers.close()
  await Promise.all(writers.map((close) => close()))
  await store.close()
}

/** What connectors of people without a messenger need. */
function createKept({ signals, ...deps }: Pick<Services, 'store' | 'clock' | 'log' | 'signals'>) {
  const mailbox = new StoreMailbox({ ...deps, onPut: () => signals.letterPut.raise() })
  signals.letterPutElsewhere.on(() => mailbox.wake())
  return {
    mailbox,
    uploads: new KeptUploads(deps.store, deps.clock),
    browserCode: createBrowserCode(),
  }
}

function createMemory(store: Store, box: SecretBox, clock: Clock): DialectMemory {
  return {
    portals: new PortalMemoryRepository(store, box),
    lines: new LineMemoryRepository(store, clock),
  }
}

function createKeyOperations(
  { secretKey }: Config,
  { store, box, wall }: { store: Store; box: SecretBox; wall: Clock },
): KeyOperations {
  const how = { clock: wall, isGiven: secretKey !== undefined }
  return new KeyOperations(new SealedValues(store, box), box.keys, how)
}

function createJournal(
  journalMs: number,
  deps: Pick<Services, 'store' | 'clock' | 'log'>,
): Pick<Services, 'journal' | 'messageFinder'> {
  if (journalMs === 0) {
    return { journal: undefined, messageFinder: new MessageFinder({ ...deps, journalMs }) }
  }
  const journal = new JournalWriter(deps)
  const flush = (): Promise<void> => journal.flush()
  return { journal, messageFinder: new MessageFinder({ ...deps, journalMs, flush }) }
}

function both(traffic: Journal, journal: Journal = NO_JOURNAL): Journal {
  return {
    note(line, step) {
      journal.note(line, step)
      traffic.note(line, step)
    },
  }
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
  common: Pick<
    Services,
    'store' | 'clock' | 'log' | 'registry' | 'speakers' | 'signals' | 'config' | 'journals'
  >,
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
  | 'healthBook'
  | 'healthDesk'
  | 'lineChecks'
  | 'moves'
> {
  const { clock, speakers: speaker, journals: journal } = common
  const { portalRepository, lineRepository, publicUrl, signal, dialects } = parts
  const portalDirectory = new PortalDirectory(portalRepository, clock)
  const lineDirectory = new LineDirectory({ ...common, lineRepository, portalDirectory, publicUrl })
  const healthBook = new HealthBook({
    ...common,
    wakeInbox: () => common.signals.inboxDue.raise(),
  })
  const { checkEveryMs } = common.config
  const healthDesk = new HealthDesk({ clock, book: healthBook, checkEveryMs, publicUrl })
  const connection = new LineConnection({
    ...common,
    health: healthDesk,
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
  const moves = new MoveProgress(clock, common.log)
  const install = bindInstall(clock, connection)
  const lineChecks = new LineChecks({
    ...{ ...common, lineDirectory, book: healthBook, desk: healthDesk, moves, install, signal },
    check: new LineCheck({ ...common, install }),
    isUrlChosen: common.config.publicUrl !== undefined,
  })
  return {
    healthBook,
    healthDesk,
    lineChecks,
    moves,
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
      journal,
      lineRepository,
      lineDirectory,
      connection,
      health: healthDesk,
      checks: lineChecks,
      counts: new QueueCounts(common.store),
    }),
    deadLetterOperations: new DeadLetterOperations({ ...common, journal }),
    connection,
  }
}

/** A channel that hangs holds nobody up, and what failed is said in words. */
function bindInstall(
  clock: Clock,
  connection: LineConnection,
): (active: ActiveLine, stop: AbortSignal) => Promise<string | undefined> {
  return async (active, stop) => {
    try {
      return await bounded(clock, stop, (signal) => connection.reinstall(active, signal))
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      return `the channel did not answer (${error.reason})`
    }
  }
}
