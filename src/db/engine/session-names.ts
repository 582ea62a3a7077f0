/** More than a process has connections: a name is free again only when the server has noticed that its connection is gone. */
const MAX_SESSIONS = 48

/**
 * The statement by which a connection takes the first of its process's names that is free. Names are locks of the server's own
 * kind (GET_LOCK): nothing is to be cleared up after a crash, and a number of a connection that has been given to somebody else
 * since is never mistaken for it.
 */
export function nameSession(process: string): string {
  return `SELECT COALESCE(${sessionNames(process)
    .map((name) => `NULLIF(GET_LOCK('${name}', 0), 0)`)
    .join(', ')})`
}

/** All names that a process's connections may have. */
export function sessionNames(process: string): string[] {
  return Array.from({ length: MAX_SESSIONS }, (_, index) => `hub:${process}:${index}`)
}
