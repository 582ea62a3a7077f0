/** The one reader of `process.env`: the variables of the hub (`HUB_*`) as they are, checked by `parseConfig`. */
export function readEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('HUB_')))
}
