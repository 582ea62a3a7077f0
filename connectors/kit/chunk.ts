/** The list in pieces of at most `size`. */
export function chunk<T>(list: readonly T[], size: number): (readonly T[])[] {
  const chunks: (readonly T[])[] = []
  for (let from = 0; from < list.length; from += size) chunks.push(list.slice(from, from + size))
  return chunks
}
