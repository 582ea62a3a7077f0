import { waitFor } from './wait-for.ts'

/** An answer of one of the endpoints for other systems. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Posts JSON, or a text as it is. */
export async function ask(url: string, body: unknown, options: AskOptions = {}): Promise<Answer> {
  const { method = 'POST', headers = {} } = options
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(hasBody ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  }
}

/** A task that was accepted. */
export async function notify(
  webhook: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await ask(webhook, body, { headers })
  if (answer.status !== 200) throw new Error(`not accepted: ${JSON.stringify(answer)}`)
  return String(answer.body['task_id'])
}

/** As the slot's address tells of it. */
export async function readTask(webhook: string, task: string): Promise<Record<string, unknown>> {
  const url = webhook.replace(/\/chat$/, `/tasks/${task}`)
  return (await ask(url, undefined, { method: 'GET' })).body
}

export async function waitForTask(
  webhook: string,
  task: string,
  state: string,
): Promise<Record<string, unknown>> {
  let seen: Record<string, unknown> = {}
  await waitFor(
    async () => {
      seen = await readTask(webhook, task)
      return seen['state'] === state
    },
    () => `${task} to be ${state}, is ${JSON.stringify(seen)}`,
  )
  return seen
}
