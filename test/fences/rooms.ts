/**
 * Who may import whom: the one list that the linter's fences are made from (`npm run fences`). A room that isn't named for
 * another can't be imported there; new rooms are shut until they stand here. docs/architecture.md shows it as a picture.
 */
export interface Room {
  /** From the root of the project. `*` at its end: each folder there is a room of its own; a later line says more of one of them. */
  readonly path: string
  /** Rooms below that it may import. Its own files it may always. */
  readonly may: readonly string[]
  /** Single files of other rooms, from the root of the project. */
  readonly files?: readonly string[]
  /** Folders within it that the rest of it must not import, from the root of the project: `…/**`. */
  readonly not?: readonly string[]
  /** Packages that must stay out. */
  readonly without?: readonly string[]
  /** Why, as the linter says it. */
  readonly because: string
}

const STORE_PACKAGES = ['knex', 'knex/*', 'mysql2', 'mysql2/*']
const SERVER_PACKAGES = ['koa', '@koa/*']
const CLIENT_PACKAGES = ['got', 'undici']
/** What reaches the disk, the network or another process. */
const IO_MODULES = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'sqlite',
  'tls',
  'worker_threads',
].flatMap((name) => [`node:${name}`, `node:${name}/*`])
/** Sockets only by type or as a check of addresses: `node:net` stays. */
const ALL_IO = [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES, ...IO_MODULES]

/** What the rooms of the upper floor stand on. They know each other only by interfaces that the one in need declares. */
const BELOW = ['core', 'text', 'registry', 'db', 'health', 'lines', 'lease']

function upper(name: string, more: Partial<Room> = {}): readonly [string, Room] {
  return [
    name,
    {
      path: `src/${name}`,
      may: BELOW,
      without: [...STORE_PACKAGES, ...SERVER_PACKAGES],
      because: `${name} stands beside the other rooms: what it needs of them it declares as an interface of its own.`,
      ...more,
    },
  ]
}

function connector(name: string, more: readonly string[] = []): readonly [string, Room] {
  return [
    `connectors/${name}`,
    {
      path: `connectors/${name}`,
      may: ['core', 'text', 'connectors/kit', ...more],
      without: ALL_IO,
      because: 'A connector sees core, text and the kit; everything else arrives in its context.',
    },
  ]
}

const META = ['connectors/meta']

export const ROOMS: ReadonlyMap<string, Room> = new Map<string, Room>([
  [
    'config',
    { path: 'config', may: [], without: ALL_IO, because: 'config imports nothing of ours.' },
  ],
  ['migrations', { path: 'migrations', may: [], because: 'A migration outlives the code.' }],
  [
    'core',
    {
      path: 'src/core',
      may: [],
      without: [...ALL_IO, 'pino'],
      because: 'core is vocabulary and contracts: it imports nothing of ours and does no I/O.',
    },
  ],
  [
    'text',
    {
      path: 'src/text',
      may: ['core'],
      without: [...ALL_IO, 'pino'],
      because: 'text is pure and knows core alone.',
    },
  ],
  ['client', { path: 'src/client', may: [], because: 'The client works without the hub.' }],
  ['log', { path: 'src/log', may: ['core'], because: 'log knows core alone.' }],
  [
    'registry',
    {
      path: 'src/registry',
      may: ['core'],
      without: ALL_IO,
      because: 'registry knows core alone.',
    },
  ],
  [
    'db',
    {
      path: 'src/db',
      may: ['core'],
      without: SERVER_PACKAGES,
      because: 'db is the only SQL and knows core alone.',
    },
  ],
  [
    'health',
    {
      path: 'src/health',
      may: ['core'],
      without: [...ALL_IO, 'pino'],
      because: 'health is rules and words: pure, and it knows core alone.',
    },
  ],
  [
    'lines',
    {
      path: 'src/lines',
      may: ['core', 'text', 'registry', 'db', 'health'],
      without: [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES],
      because:
        'lines stands on core, db, text and registry; whoever works with lines stands on it.',
    },
  ],
  [
    'lease',
    {
      path: 'src/lease',
      may: ['core', 'text', 'registry', 'db'],
      without: [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES],
      because: 'lease stands on core and db; whoever holds something stands on it.',
    },
  ],
  upper('assets', { may: ['core'], without: [...STORE_PACKAGES, ...SERVER_PACKAGES] }),
  [
    'console',
    {
      path: 'console',
      may: ['core'],
      without: [...ALL_IO, 'node:*', 'zod'],
      because:
        'The console runs in browsers: it takes types of core, and asks the hub for everything else.',
    },
  ],
  [
    'webchat',
    {
      path: 'webchat',
      may: [],
      without: [...ALL_IO, 'node:*', 'zod', 'preact', 'preact/*'],
      because: 'The widget runs on strangers’ pages: it is small, and stands alone.',
    },
  ],
  upper('http', { without: STORE_PACKAGES }),
  upper('outgoing'),
  upper('metrics'),
  upper('tracing'),
  upper('alerts', { files: ['src/client/signature.ts'] }),
  upper('checks'),
  upper('ingress'),
  upper('inbox'),
  upper('outbox'),
  upper('portal', { not: ['src/portal/dialects/**'] }),
  [
    'portal/dialects',
    {
      path: 'src/portal/dialects',
      may: ['core'],
      without: ALL_IO,
      because: 'This is the list of dialects and nothing else.',
    },
  ],
  [
    'portal/dialects/*',
    {
      path: 'src/portal/dialects/*',
      may: ['core', 'text'],
      files: ['src/portal/call-failure.ts', 'src/portal/exchange.ts', 'src/client/signature.ts'],
      without: [...STORE_PACKAGES, ...SERVER_PACKAGES],
      because:
        'A dialect only translates: it sees core, text, its context, the client to portals and what methods may throw.',
    },
  ],
  upper('files'),
  upper('mailbox', { without: [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES] }),
  upper('trace', { without: [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES] }),
  upper('jobs'),
  upper('archive', { without: [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES] }),
  upper('journal'),
  upper('admin', { without: [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES] }),
  upper('communications', { without: [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES] }),
  upper('recipients', { without: [...STORE_PACKAGES, ...SERVER_PACKAGES, ...CLIENT_PACKAGES] }),
  [
    'openapi',
    {
      path: 'src/openapi',
      may: ['core'],
      without: ALL_IO,
      because: 'openapi writes down what the rooms say of themselves: it knows core alone.',
    },
  ],
  connector('*'),
  connector('kit'),
  connector('meta'),
  connector('facebook', META),
  connector('instagram', META),
  connector('whatsapp', META),
])

/** Know everyone: the composition root with its two neighbours, the process, the command line, the list of connectors. */
export const WITHOUT_FENCES = [
  'src/app.ts',
  'src/boot.ts',
  'src/communicating.ts',
  'src/consoling.ts',
  'src/serving.ts',
  'src/clockwork.ts',
  'src/services.ts',
  'src/service-parts.ts',
  'src/ways-out.ts',
  'src/neighbouring.ts',
  'src/watching.ts',
  'src/wiring.ts',
  'src/main.ts',
  'src/cli',
  'connectors/index.ts',
]
