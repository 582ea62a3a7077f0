/**
 * The entry of a table for a name that comes from outside. Plain `table[name]` would find `constructor` and the like in
 * every table.
 */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
