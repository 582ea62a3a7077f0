/** What a failed statement means for the transaction it was part of. */
export type FaultKind =
  /** Lost against another transaction and rolled back: the same again will work. */
  | 'conflict'
  /** Somebody else holds what it needs, and went on holding it: the same again may wait just as long. */
  | 'locked'
  /** The server or the connection is gone, or the server refuses to work for now. */
  | 'unavailable'
  /** Wrong statement, wrong data: the same again will fail the same way. */
  | 'fatal'

/**
 * MySQL's error numbers: 1213 deadlock (Galera's certification failure too), 1020 row changed since last read (MariaDB's
 * snapshot isolation). SQLite: 6 locked within this process.
 */
const CONFLICTS = new Set([1213, 1020])
const SQLITE_CONFLICTS = new Set([6])

/**
 * 1205 lock wait timeout, 3572 what NOWAIT says, 1969 and 3024 a statement's own time limit (MariaDB's and MySQL's), which only
 * statements that lock have. SQLite: 5 busy, another process writes.
 */
const LOCKED = new Set([1205, 3572, 1969, 3024])
const SQLITE_LOCKED = new Set([5])

/**
 * 1040/1203 too many connections, 1047 node not ready (Galera), 1053 shutting down, 1158–1161 network, 1180 error
 * during commit, 1290/1836/1792 read-only, 1317/1927 killed, 3169/4031 disconnected by the server.
 */
const UNAVAILABLE = new Set([
  1040, 1047, 1053, 1158, 1159, 1160, 1161, 1180, 1203, 1290, 1317, 1792, 1836, 1927, 3169, 4031,
])
/** SQLite: 8 read-only, 10 I/O error, 13 disk full, 14 can't open. */
const SQLITE_UNAVAILABLE = new Set([8, 10, 13, 14])
const UNAVAILABLE_CODES = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_ENQUEUE_AFTER_QUIT',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'EADDRNOTAVAIL',
  // A server that hangs: nobody takes the connections that wait at its socket any more.
  'EAGAIN',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOBUFS',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

export function classifyFault(error: unknown): FaultKind {
  if (typeof error !== 'object' || error === null) return 'fatal'
  const { errno, errcode } = error as Record<string, unknown>
  if (typeof errcode === 'number') return classifySqlite(errcode)
  if (typeof errno === 'number' && CONFLICTS.has(errno)) return 'conflict'
  if (typeof errno === 'number' && LOCKED.has(errno)) return 'locked'
  if (typeof errno === 'number' && UNAVAILABLE.has(errno)) return 'unavailable'
  return isLostConnection(error) ? 'unavailable' : 'fatal'
}

function classifySqlite(errcode: number): FaultKind {
  // SQLite's extended codes keep the primary one in the low byte.
  const primary = errcode & 0xff
  if (SQLITE_CONFLICTS.has(primary)) return 'conflict'
  if (SQLITE_LOCKED.has(primary)) return 'locked'
  return SQLITE_UNAVAILABLE.has(primary) ? 'unavailable' : 'fatal'
}

function isLostConnection(error: object): boolean {
  const { code, name, message } = error as Record<string, unknown>
  if (typeof code === 'string' && UNAVAILABLE_CODES.has(code)) return true
  if (name === 'KnexTimeoutError' || name === 'AggregateError') return true
  // mysql2 gives no code when it is asked to use a connection that has just been closed.
  return typeof message === 'string' && message.includes('closed state')
}
