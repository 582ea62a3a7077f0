/** An address that a person's client can open: http or https, and whole. */
export function isWebAddress(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value)
}

/** The base address in a setting, without a slash at its end, so that paths can be put behind it; `usual` if it is empty. */
export function baseAddress(value: string | undefined, usual: string): string {
  return (value || usual).replace(/\/+$/, '')
}
