/** What `given` leaves out: the contract's "absent" in all its spellings. Zero is a value. */
type Absent = undefined | null | '' | false

/**
 * Those of the fields that have a value. An optional field of ours is left out where there is nothing to say (PROTOCOL §7:
 * never null, never an empty string; flags are `true` or absent), so objects are put together with `...given({ name, phone })`.
 */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], Absent> } {
  const present: Record<string, unknown> = {}
  // Without the pairs that Object.entries would make: this runs a dozen times for each event.
  for (const key of Object.keys(fields)) {
    const value: unknown = fields[key as keyof T]
    if (value !== undefined && value !== null && value !== '' && value !== false)
      present[key] = value
  }
  return present as { [K in keyof T]?: Exclude<T[K], Absent> }
}
