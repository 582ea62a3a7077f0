/** A name of the IANA database, such as `Europe/Moscow`, or `UTC`. */
export function isTimeZone(name: string): boolean {
  // Offsets such as `+03:00` are taken by Intl too, and have no summer time: a schedule in one would be a trap.
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
