import { ValueFault } from './values.ts'

export interface SqliteDatabase {
  readonly kind: 'sqlite'
  /** A path as given (relative ones start at the working directory), or `:memory:`. */
  readonly file: string
}

export interface MysqlDatabase {
  readonly kind: 'mysql'
  /** The address as given, with its password: never log or show it. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** When present it is used instead of host and port. */
  readonly socketPath?: string
}

export type DatabaseConfig = SqliteDatabase | MysqlDatabase

const SQLITE = 'sqlite:'
const MYSQL_PORT = 3306
const MAX_NAME_LENGTH = 64

/** Reads `HUB_DATABASE_URL`. No fault quotes any of it: a password with an unescaped `?` or `@` may turn up in any part. */
export function readDatabase(raw: string): DatabaseConfig {
  if (raw.toLowerCase().startsWith(SQLITE)) return readSqlite(raw.slice(SQLITE.length))
  if (raw.toLowerCase().startsWith('mysql:')) return readMysql(raw)
  throw new ValueFault('must begin with sqlite: or mysql:')
}

function readSqlite(path: string): SqliteDatabase {
  // sqlite:///var/lib/hub.sqlite is how other tools write an absolute path.
  const file = path.startsWith('///') ? path.slice(2) : path
  if (file === '') throw new ValueFault('names no file after sqlite:')
  if (file.startsWith('//')) throw new ValueFault('must be sqlite:<path>, without a host')
  return { kind: 'sqlite', file }
}

function readMysql(raw: string): MysqlDatabase {
  const url = URL.parse(raw)
  if (!url || !raw.slice('mysql:'.length).startsWith('//')) {
    throw new ValueFault(
      'must be mysql://user:password@host:port/database (special characters percent-encoded)',
    )
  }
  if (url.hash !== '') throw new ValueFault('must not have a fragment (write # as %23)')
  const port = url.port === '' ? MYSQL_PORT : Number(url.port)
  if (port === 0) throw new ValueFault('must have a port from 1 to 65535')
  const user = decode(url.username)
  if (user === '') throw new ValueFault('names no user')
  const socketPath = readSocketPath(url.searchParams)
  return {
    kind: 'mysql',
    url: raw,
    host: decode(url.hostname.replace(/^\[(.*)\]$/, '$1')) || 'localhost',
    port,
    user,
    password: decode(url.password),
    database: readDatabaseName(url.pathname),
    ...(socketPath !== undefined && { socketPath }),
  }
}

function readDatabaseName(pathname: string): string {
  const path = pathname.slice(1)
  const name = decode(path)
  if (name === '' || path.includes('/'))
    throw new ValueFault('must name one database after the host')
  if (name.length > MAX_NAME_LENGTH) {
    throw new ValueFault(`has a database name longer than ${MAX_NAME_LENGTH} characters`)
  }
  return name
}

function readSocketPath(query: URLSearchParams): string | undefined {
  const [first, ...more] = [...query]
  if (!first) return undefined
  const [key, value] = first
  if (more.length > 0 || key !== 'socketPath') {
    throw new ValueFault('may have one query key only: socketPath')
  }
  if (!value.startsWith('/')) throw new ValueFault('must have an absolute path as socketPath')
  return value
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (cause) {
    throw new ValueFault('has a broken percent escape', { cause })
  }
}
