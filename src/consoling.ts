import manifest from '../package.json' with { type: 'json' }
import type { AdminDesk } from './admin/desk.ts'
import { ConsoleDoor, type Listener } from './admin/door.ts'
import { type LineItemObject, lineItems } from './admin/line-items.ts'
import { linkRoute } from './admin/link-route.ts'
import { Live } from './admin/live.ts'
import { OverviewBook } from './admin/overview.ts'
import { endpointRoutes } from './admin/routes.ts'
import { sessionRoutes } from './admin/session-routes.ts'
import { ConsoleSessions } from './admin/sessions.ts'
import { ConsolePages } from './assets/console-pages.ts'
import { given } from './core/given.ts'
import type { Route } from './core/route.ts'
import { sumUp } from './db/console/figures.ts'
import { readInboxFigures } from './db/hub/figures.ts'
import { ProcessRepository } from './db/hub/processes.ts'
import { readFailures } from './journal/failures.ts'
import { readRecent } from './journal/recent.ts'
import { QueueCounts } from './lines/queue-counts.ts'
import { toCallFailure } from './portal/call-failure.ts'
import { listedConnectors } from './portal/methods/list-connectors.ts'
import { isAboutLine } from './portal/methods/own-api.ts'
import type { MethodTable } from './portal/methods/table.ts'
import type { Services } from './services.ts'

/** The part of the composition root that is the console's. */

/** What the console has in a running hub. */
export interface Console {
  /** What is answered at one of the listeners. */
  routes(listener: Listener): Route[]
  /** The pages themselves and their files; they come after all other routes. */
  pages(listener: Listener): readonly Route[]
  /** Builds the pages before anybody asks for them. Never rejects. */
  warmUp(): Promise<void>
  /** Ends what is shown live. */
  close(): void
}

/** `thisProcess`: gives the token of this process. */
export function createConsole(
  services: Services,
  methods: Pick<MethodTable, 'call'>,
  thisProcess: () => string,
): Console {
  const { store, wall: clock, publicUrl, config, adminToken, consoleLinks: links } = services
  const sessions = new ConsoleSessions({ store, clock, adminToken })
  const desk = createDesk(services, { methods, thisProcess, sessions })
  const isPublicUrlChosen = config.publicUrl !== undefined
  const door = (listener: Listener): ConsoleDoor =>
    new ConsoleDoor({ clock, sessions, adminToken, publicUrl, isPublicUrlChosen }, listener)
  const pages = new ConsolePages(services.log)
  return {
    pages(listener) {
      const own = door(listener)
      return pages.routes(async (request) => (await own.passOf(request)).frameAncestors)
    },
    warmUp: () => pages.warmUp(),
    routes(listener) {
      const own = door(listener)
      return [
        ...sessionRoutes({
          ...{ desk, door: own },
          end: async ({ session }) => session && sessions.end(session),
        }),
        linkRoute({ clock, links, sessions, door: own }),
        ...endpointRoutes(desk, own),
      ]
    },
    close: () => desk.live.close(),
  }
}

function createDesk(
  services: Services,
  {
    methods,
    thisProcess,
    sessions,
  }: Pick<AdminDesk, 'thisProcess'> & {
    readonly methods: Pick<MethodTable, 'call'>
    readonly sessions: ConsoleSessions
  },
): AdminDesk {
  const { config, store, registry, lineOperations, wall: clock, log, stopping } = services
  const processes = new ProcessRepository(store)
  const overviews = createOverviews(services, processes)
  const readLines = async (lineIds: readonly number[]): Promise<readonly LineItemObject[]> =>
    await lineItems(await lineOperations.items(lineIds), store)
  return {
    ...services,
    ...{ clock, overviews, thisProcess, version: manifest.version },
    isPublicUrlChosen: config.publicUrl !== undefined,
    ladder: config.ladderMs.map((ms) => ms / 1000),
    messages: services.messageFinder,
    deadLetters: services.deadLetterOperations,
    connectors: async () => listedConnectors(registry),
    methods: {
      call: (portal, name, params) => methods.call(portal, name, params),
      faultOf: toCallFailure,
      isAboutLine: (name) => isAboutLine(name, registry),
    },
    testPortal: (portal, address) => services.speakers.test(portal, address, stopping.signal),
    readFailures: (lineId, seqs) => readFailures(store, lineId, { now: clock.now(), seqs }),
    processes: () => processes.listLive(),
    live: new Live({
      ...{ clock, log, overviews, readLines },
      stillOpen: (hashes) => sessions.stillOpen(hashes),
      readJournal: ({ id: lineId, portal, connector, line: externalId }) =>
        readRecent(store, { lineId, portalId: portal.id, connector, externalId }, clock.now()),
    }),
  }
}

function createOverviews(services: Services, processes: ProcessRepository): OverviewBook {
  const { store, wall: clock, lineOperations, traffic, lineChecks } = services
  const counts = new QueueCounts(store)
  return new OverviewBook({
    ...{ store, clock, lineOperations, traffic, counts },
    async readQueue() {
      const figures = await readInboxFigures(store, clock.now(), async (lineIds) => {
        const found = await counts.events(lineIds, new Map())
        return [...found.values()].reduce((sum, { count }) => sum + count, 0)
      })
      return { depth: figures.events, ...given({ oldestAt: figures.oldestAt }) }
    },
    countLines: async () => sumUp(await lineChecks.countLinesByHealth()),
    countProcesses: async () => (await processes.listLive()).length,
  })
}
