import { ConfigError, type ConfigFault } from './config-error.ts'
import { type DatabaseConfig, readDatabase } from './database.ts'
import { suggest } from './suggest.ts'
import {
  type ListenAddress,
  readBaseUrl,
  readChoice,
  readCidrs,
  readHeaders,
  readHost,
  readInteger,
  readKey,
  readLadder,
  readListenAddress,
  readNetworks,
  readRoles,
  readToken,
  readUrl,
  readWebhookSecret,
  readWord,
  ValueFault,
} from './values.ts'

const ROLES = ['ingress', 'inbox', 'outbox', 'jobs'] as const
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type Role = (typeof ROLES)[number]
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What one process of the hub runs with (PROTOCOL §8). Fixed from start to end; the secrets in it are never logged. */
export interface Config {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** No trailing slash. Absent: where the hub turns out to listen. */
  readonly publicUrl?: string
  readonly database: DatabaseConfig
  /** 32 bytes. Absent (SQLite only): kept beside the store. */
  readonly secretKey?: Buffer
  readonly previousSecretKey?: Buffer
  /** Absent: nothing that is for admins is answered on the public port. */
  readonly adminToken?: string
  /** A listener of its own for admins and operators. */
  readonly adminListen?: ListenAddress
  readonly ladderMs: readonly number[]
  readonly portalTimeoutMs: number
  readonly packetMaxEvents: number
  readonly packetMaxBytes: number
  readonly dedupeMs: number
  /** 0: dead letters are deleted at once. */
  readonly deadLetterMs: number
  /** How long it can be found what became of a message; 0: none of it is written. */
  readonly journalMs: number
  /** CIDRs. */
  readonly allowPrivateTargets: readonly string[]
  /** Addresses and CIDRs whose `X-Forwarded-For` is believed. Absent: those of this machine and of private networks. */
  readonly trustedProxies?: readonly string[]
  readonly roles: ReadonlySet<Role>
  readonly workers: number
  readonly logLevel: LogLevel
  /** Updates per second per line; 0: no limit. */
  readonly lineRate: number
  /** Remote calls per second per portal; 0: no limit. */
  readonly rpcRate: number
  /** How often each line's channel is asked whether all is well. */
  readonly checkEveryMs: number
  /** Such questions per second, of all processes together. */
  readonly checkRate: number
  /** Where operators are alerted. Absent: nowhere. Its secret and what its path may hold are never logged. */
  readonly alerts?: AlertConfig
  /** The operator's applications at providers with OAuth, for portals whose own pages connect accounts by it. */
  readonly providerApps: Readonly<Partial<Record<'meta' | 'vk', ProviderApp>>>
  /** Where traces go. Absent: there are none. */
  readonly tracing?: TracingConfig
  /**
   * Variables that begin with `HUB_` and mean nothing. Reported, but no reason not to start: orchestrators put variables
   * of their own under the name of a service.
   */
  readonly strangers: readonly ConfigFault[]
}

export interface AlertConfig {
  readonly url: string
  /** `whsec_…` */
  readonly secret: string
}

export interface ProviderApp {
  readonly id: string
  /** Never logged. */
  readonly secret: string
}

export interface TracingConfig {
  /** Of OTLP over HTTP, without `/v1/traces`. */
  readonly endpoint: string
  readonly serviceName: string
  /** May hold a token: never logged. */
  readonly headers: Readonly<Record<string, string>>
}

const HOUR_MS = 3_600_000
const MAX_RATE = 1_000_000

/** One entry per variable: its default (absent: may stay unset) and how its text is read. */
const VARIABLES = {
  HUB_HOST: variable(readHost, '127.0.0.1'),
  HUB_PORT: variable(integer(0, 65_535), '8080'),
  HUB_PUBLIC_URL: variable(readBaseUrl),
  HUB_DATABASE_URL: variable(readDatabase, 'sqlite:./data/hub.sqlite'),
  HUB_SECRET_KEY: variable(readKey),
  HUB_SECRET_KEY_PREVIOUS: variable(readKey),
  HUB_ADMIN_TOKEN: variable(readToken),
  HUB_ADMIN_LISTEN: variable(readListenAddress),
  HUB_LOCKOUT_LADDER: variable(
    readLadder,
    '15,60,120,180,300,675,1350,2700,5400,10800,21600,43200',
  ),
  HUB_PORTAL_TIMEOUT_MS: variable(integer(100, 120_000), '15000'),
  HUB_PACKET_MAX_EVENTS: variable(integer(1, 1000), '100'),
  HUB_PACKET_MAX_BYTES: variable(integer(1024, 16 * 1024 * 1024), '262144'),
  HUB_DEDUPE_HOURS: variable(integer(1, 720), '24'),
  HUB_DEAD_LETTER_DAYS: variable(integer(0, 365), '7'),
  HUB_JOURNAL_DAYS: variable(integer(0, 365), '7'),
  HUB_ALLOW_PRIVATE_TARGETS: variable(readCidrs),
  HUB_TRUSTED_PROXIES: variable(readNetworks),
  HUB_ROLES: variable((raw) => readRoles(raw, ROLES), ROLES.join(',')),
  HUB_WORKERS: variable(integer(1, 64), '1'),
  HUB_LOG_LEVEL: variable((raw) => readChoice(raw, LOG_LEVELS), 'info'),
  HUB_LINE_RATE: variable(integer(0, MAX_RATE), '0'),
  HUB_RPC_RATE: variable(integer(0, MAX_RATE), '500'),
  HUB_CHECK_MINUTES: variable(integer(1, 1440), '15'),
  HUB_CHECK_RATE: variable(integer(1, 1000), '20'),
  HUB_ALERT_URL: variable(readUrl),
  HUB_ALERT_SECRET: variable(readWebhookSecret),
  HUB_META_APP_ID: variable(readWord),
  HUB_META_APP_SECRET: variable(readWord),
  HUB_VK_APP_ID: variable(readWord),
  HUB_VK_APP_SECRET: variable(readWord),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(readUrl),
  OTEL_EXPORTER_OTLP_HEADERS: variable(readHeaders),
  OTEL_SERVICE_NAME: variable((raw) => raw, 'openlines-hub'),
}

type VariableName = keyof typeof VARIABLES
type ValueOf<N extends VariableName> = ReturnType<(typeof VARIABLES)[N]['read']>
type Values = { [N in VariableName]?: ValueOf<N> | undefined }

interface Variable<T> {
  readonly read: (raw: string) => T
  readonly fallback?: string
}

function variable<T>(read: (raw: string) => T, fallback?: string): Variable<T> {
  return fallback === undefined ? { read } : { read, fallback }
}

function integer(min: number, max: number): (raw: string) => number {
  return (raw) => readInteger(raw, min, max)
}

/**
 * Raw environment variables to a checked configuration. Pure. Blank counts as unset, except in the two lists where that
 * would silently mean "everything". Names that don't begin with `HUB_`, and `HUB_TEST_*`, are passed over.
 * Throws ConfigError with every fault.
 */
export function parseConfig(raw: Readonly<Record<string, string | undefined>>): Config {
  const faults: ConfigFault[] = []
  const values: Values = {}
  for (const name of Object.keys(VARIABLES) as VariableName[]) readInto(values, name, raw, faults)
  faults.push(...checkTogether(values, raw))
  if (faults.length > 0) throw new ConfigError(faults)
  return { ...toConfig(values), strangers: findStrangers(raw) }
}

function readInto<N extends VariableName>(
  values: { [K in N]?: ValueOf<N> | undefined },
  name: N,
  raw: Readonly<Record<string, string | undefined>>,
  faults: ConfigFault[],
): void {
  const { read, fallback } = VARIABLES[name] as Variable<ValueOf<N>>
  const given = raw[name]?.trim() ?? ''
  const isList = name === 'HUB_ROLES' || name === 'HUB_LOCKOUT_LADDER'
  const text = given === '' && !(isList && raw[name] !== undefined) ? fallback : given
  if (text === undefined) return
  try {
    values[name] = read(text)
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error
    faults.push({ variable: name, problem: error.message })
  }
}

function findStrangers(raw: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  const known = Object.keys(VARIABLES).filter((name) => name.startsWith('HUB_'))
  return Object.keys(raw)
    .filter((name) => name.startsWith('HUB_') && !name.startsWith('HUB_TEST_'))
    .filter((name) => !known.includes(name))
    .map((variable) => {
      const near = suggest(variable, known)
      return { variable, problem: near ? `is unknown; did you mean ${near}?` : 'is unknown' }
    })
}

function checkTogether(
  values: Values,
  raw: Readonly<Record<string, string | undefined>>,
): ConfigFault[] {
  const faults: ConfigFault[] = []
  const database = values.HUB_DATABASE_URL
  // A key that is there but faulty has been reported already.
  if (database?.kind === 'mysql' && !raw['HUB_SECRET_KEY']?.trim()) {
    faults.push({ variable: 'HUB_SECRET_KEY', problem: 'is required with a mysql: store' })
  }
  for (const name of ['META', 'VK']) {
    const [id, secret] = [`HUB_${name}_APP_ID`, `HUB_${name}_APP_SECRET`]
    if (!raw[id]?.trim() === !raw[secret]?.trim()) continue
    const missing = raw[id]?.trim() ? secret : id
    const problem = `is required with ${missing === id ? secret : id}`
    faults.push({ variable: missing, problem })
  }
  if (raw['HUB_ALERT_URL']?.trim() && !raw['HUB_ALERT_SECRET']?.trim()) {
    const problem = 'is required with HUB_ALERT_URL: alerts are signed with it'
    faults.push({ variable: 'HUB_ALERT_SECRET', problem })
  }
  const isInMemory = database?.kind === 'sqlite' && database.file === ':memory:'
  if (isInMemory && (values.HUB_WORKERS ?? 1) > 1) {
    faults.push({
      variable: 'HUB_WORKERS',
      problem: 'must be 1 with sqlite::memory:, which processes cannot share',
    })
  }
  return faults
}

/** `values` holds everything that has a fallback: `parseConfig` has thrown otherwise. */
function toConfig(values: Values): Omit<Config, 'strangers'> {
  const all = values as Required<Values> & { [N in VariableName]: ValueOf<N> }
  return {
    host: all.HUB_HOST,
    port: all.HUB_PORT,
    ...(values.HUB_PUBLIC_URL !== undefined && { publicUrl: values.HUB_PUBLIC_URL }),
    database: all.HUB_DATABASE_URL,
    ...(values.HUB_SECRET_KEY && { secretKey: values.HUB_SECRET_KEY }),
    ...(values.HUB_SECRET_KEY_PREVIOUS && { previousSecretKey: values.HUB_SECRET_KEY_PREVIOUS }),
    ...(values.HUB_ADMIN_TOKEN !== undefined && { adminToken: values.HUB_ADMIN_TOKEN }),
    ...(values.HUB_ADMIN_LISTEN && { adminListen: values.HUB_ADMIN_LISTEN }),
    ladderMs: all.HUB_LOCKOUT_LADDER,
    portalTimeoutMs: all.HUB_PORTAL_TIMEOUT_MS,
    packetMaxEvents: all.HUB_PACKET_MAX_EVENTS,
    packetMaxBytes: all.HUB_PACKET_MAX_BYTES,
    dedupeMs: all.HUB_DEDUPE_HOURS * HOUR_MS,
    deadLetterMs: all.HUB_DEAD_LETTER_DAYS * 24 * HOUR_MS,
    journalMs: all.HUB_JOURNAL_DAYS * 24 * HOUR_MS,
    allowPrivateTargets: values.HUB_ALLOW_PRIVATE_TARGETS ?? [],
    ...(values.HUB_TRUSTED_PROXIES && { trustedProxies: values.HUB_TRUSTED_PROXIES }),
    roles: all.HUB_ROLES,
    workers: all.HUB_WORKERS,
    logLevel: all.HUB_LOG_LEVEL,
    lineRate: all.HUB_LINE_RATE,
    rpcRate: all.HUB_RPC_RATE,
    checkEveryMs: all.HUB_CHECK_MINUTES * 60_000,
    checkRate: all.HUB_CHECK_RATE,
    ...(values.HUB_ALERT_URL !== undefined && {
      alerts: { url: all.HUB_ALERT_URL, secret: all.HUB_ALERT_SECRET },
    }),
    providerApps: {
      ...appOf('meta', values.HUB_META_APP_ID, values.HUB_META_APP_SECRET),
      ...appOf('vk', values.HUB_VK_APP_ID, values.HUB_VK_APP_SECRET),
    },
    ...(values.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && {
      tracing: {
        endpoint: all.OTEL_EXPORTER_OTLP_ENDPOINT,
        serviceName: all.OTEL_SERVICE_NAME,
        headers: values.OTEL_EXPORTER_OTLP_HEADERS ?? {},
      },
    }),
  }
}

function appOf(
  name: keyof Config['providerApps'],
  id: string | undefined,
  secret: string | undefined,
): Config['providerApps'] {
  return id === undefined || secret === undefined ? {} : { [name]: { id, secret } }
}
