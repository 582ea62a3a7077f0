import { readFile } from 'node:fs/promises'
import type { TestEvent } from 'node:test/reporters'

/** What failed in a run, as `run.ts` needs it. */
export interface Failures {
  /** Paths of the modules that the runner was given. */
  readonly modules: readonly string[]
  readonly tests: readonly FailedTest[]
}

export interface FailedTest {
  readonly name: string
  /** Where it stands; the runner's module when the process ended before its time. */
  readonly file: string
}

type Record = { readonly module: string } | { readonly test: FailedTest }

/** A reporter for `--test-reporter`: a line of JSON for each test and each module that fails. `readFailures` reads them. */
// biome-ignore lint/style/noDefaultExport: the runner takes nothing else
export default async function* recordFailures(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const event of events) {
    const record = recordOf(event)
    if (record) yield `${JSON.stringify(record)}\n`
  }
}

function recordOf(event: TestEvent): Record | undefined {
  if (event.type === 'test:fail') {
    const { name, file = '', details } = event.data
    const { failureType } = details.error as { failureType?: string }
    return failureType === 'subtestsFailed' ? undefined : { test: { name, file } }
  }
  // A module that tests stand in has a summary of its own; one whose process ends early has failed as if it were a test.
  if (event.type === 'test:summary' && event.data.file !== undefined && !event.data.success) {
    return { module: event.data.file }
  }
  return undefined
}

export async function readFailures(
  path: string,
  isModule: (file: string) => boolean,
): Promise<Failures> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const records = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record)
  const tests = records.flatMap((record) => ('test' in record ? [record.test] : []))
  const named = records.flatMap((record) => ('module' in record ? [record.module] : []))
  const ended = tests.map(({ file }) => file).filter(isModule)
  return { modules: [...new Set([...named, ...ended])], tests }
}
