import assert from 'node:assert/strict'

/** What `/metrics` says. */
export async function scrape(url: string, token?: string): Promise<string> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(`${url}/metrics`, { headers })
  assert.equal(response.status, 200)
  return await response.text()
}

/** One value; `name` with its labels as they stand there. */
export function readMetric(text: string, name: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}
