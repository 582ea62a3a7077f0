/** A logger as every part of the hub uses it: first an object with an `event` name, then a fixed short text. */
export interface Log {
  debug(fields: object, text: string): void
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}
