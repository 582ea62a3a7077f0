/** Of the database's column. */
const MAX_LENGTH = 64

/** A name of the IANA's, such as `Europe/Berlin` or `UTC`; a bare offset is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || name.length > MAX_LENGTH) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
