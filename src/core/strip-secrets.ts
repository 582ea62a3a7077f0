/** Shorter values are words that stand anywhere. */
const SHORTEST_SECRET = 6
const SHORTEST_TEXT = 3

/**
 * What another side has said, without the secrets that it may have repeated. To be called before the words are cut: half a
 * secret would not be found.
 */
export function stripSecrets(
  text: string,
  secrets: readonly (string | null | undefined)[],
): string {
  return replaceAll(text, secrets, SHORTEST_SECRET, '[secret]')
}

/** The same without what a message says and whom it names. `json` is the message, or the event, as it is stored. */
export function stripQuotes(words: string, json: string): string {
  const texts: string[] = []
  JSON.parse(json, (_, value: unknown) => {
    if (typeof value === 'string') texts.push(value)
    return value
  })
  // The longer ones first: a part of a text would leave the rest of it.
  texts.sort((a, b) => b.length - a.length)
  return replaceAll(words, texts, SHORTEST_TEXT, '…')
}

function replaceAll(
  text: string,
  values: readonly (string | null | undefined)[],
  shortest: number,
  mark: string,
): string {
  let stripped = text
  for (const value of values) {
    if (typeof value !== 'string' || value.length < shortest) continue
    if (stripped.includes(value)) stripped = stripped.replaceAll(value, mark)
  }
  return stripped
}
