import { createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LocalServer, readBody, readJsonObject } from '../helpers/local-server.ts'
import { FaultScript, type HttpFault, misbehave } from './faults.ts'
import { type SlackApp, SlackWorkspace } from './slack-workspace.ts'

type Fields = Readonly<Record<string, unknown>>

export interface SlackCall {
  readonly method: string
  readonly body: Fields
}

export interface SlackFault extends HttpFault {
  /** An answer of the API's: `ok: false` with this error, HTTP 200 unless `status` says otherwise. */
  readonly error?: string
}

interface PostAnswer {
  readonly status: number
  readonly body: string
}

interface Signing {
  readonly secret?: string
  readonly ageSeconds?: number
  readonly headers?: Readonly<Record<string, string>>
}

const SCOPES = [
  ...['chat:write', 'im:history', 'channels:history', 'users:read', 'files:read'],
  ...['reactions:read', 'im:write'],
]
/** The scope that each method needs. */
const NEEDED: Readonly<Record<string, string>> = {
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'chat.delete': 'chat:write',
  'conversations.replies': 'channels:history',
  'users.info': 'users:read',
  'files.info': 'files:read',
}
/** Methods that people see something of. */
const SHOWING = ['chat.postMessage', 'chat.update', 'chat.delete']
/** Methods that read take no JSON. */
const READS_FORM = new Set(['conversations.replies', 'users.info', 'files.info'])

export async function startFakeSlack(): Promise<FakeSlack> {
  const fake = new FakeSlack()
  await fake.listen()
  return fake
}

/** Slack's Web API and Events API over HTTP, as far as a hub sees them, with hands to act as people and to cause faults. */
export class FakeSlack implements AsyncDisposable {
  readonly calls: SlackCall[] = []
  /** Those that were carried out. */
  readonly taken = new Set<SlackCall>()
  readonly workspace = new SlackWorkspace()
  readonly #apps = new Map<string, SlackApp>()
  readonly #faults = new FaultScript<SlackFault>()
  #eventNumber = 0
  readonly #server = new LocalServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  listen(): Promise<void> {
    return this.#server.listen()
  }

  get origin(): string {
    return this.#server.url
  }

  /** The `apiRoot` for a line's settings. */
  get url(): string {
    return `${this.origin}/api`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }

  addApp(app: Pick<SlackApp, 'token' | 'signingSecret'> & Partial<SlackApp>): SlackApp {
    const added = {
      appId: 'A0KRD7HC3',
      botUser: 'U0BOTDESK',
      botId: 'B0BOTDESK',
      scopes: new Set(SCOPES),
      requestUrl: '',
      ...app,
    }
    this.#apps.set(app.token, added)
    return added
  }

  /** From now on the token is unknown, as after it was issued anew. */
  removeApp(token: string): void {
    this.#apps.delete(token)
  }

  /** The next calls of `method` go wrong. */
  fail(method: string, fault: SlackFault): void {
    this.#faults.add(method, fault)
  }

  /** The next calls that show something are answered like this, and nothing is done. */
  say(status: number, words: string, times = 1): void {
    for (const method of SHOWING) this.fail(method, { status, words, times })
  }

  callsOf(method: string): SlackCall[] {
    return this.calls.filter((call) => call.method === method)
  }

  /** Enters the Request URL in the app's settings: it is kept if it answers the challenge. */
  async enterRequestUrl(app: SlackApp, url: string, signing: Signing = {}): Promise<boolean> {
    const challenge = 'chal-3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P'
    const body = JSON.stringify({ token: 'old', challenge, type: 'url_verification' })
    const answer = await this.#post(app, body, { url, type: 'application/json', ...signing })
    const isRight =
      answer.status === 200 &&
      (answer.body === challenge || readJsonObject(answer.body)['challenge'] === challenge)
    if (isRight) app.requestUrl = url
    return isRight
  }

  /** Posts an event as Slack does. */
  pushEvent(app: SlackApp, event: Fields, signing: Signing = {}): Promise<PostAnswer> {
    this.#eventNumber += 1
    const { team } = this.workspace
    const body = JSON.stringify({
      type: 'event_callback',
      token: 'old',
      team_id: team,
      api_app_id: app.appId,
      event,
      event_id: `Ev${this.#eventNumber}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ enterprise_id: null, team_id: team, user_id: app.botUser, is_bot: true }],
    })
    return this.#post(app, body, { type: 'application/json', ...signing })
  }

  /** Posts what a person did with a button: a form with the JSON in it. */
  pushInteraction(app: SlackApp, payload: Fields, signing: Signing = {}): Promise<PostAnswer> {
    const body = new URLSearchParams({
      payload: JSON.stringify({ api_app_id: app.appId, token: 'old', ...payload }),
    })
    return this.pushForm(app, body, signing)
  }

  pushForm(app: SlackApp, form: URLSearchParams, signing: Signing = {}): Promise<PostAnswer> {
    const type = 'application/x-www-form-urlencoded'
    return this.#post(app, form.toString(), { type, ...signing })
  }

  async #post(
    app: SlackApp,
    body: string,
    { url = app.requestUrl, type, ...signing }: Signing & { type: string; url?: string },
  ): Promise<PostAnswer> {
    const { secret = app.signingSecret, ageSeconds = 0, headers } = signing
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': type, ...signSlack(body, secret, ageSeconds), ...headers },
      body,
    })
    return { status: response.status, body: await response.text() }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.origin).pathname
    const text = (await readBody(request)).toString('utf8')
    const app = this.#apps.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '')
    if (path.startsWith('/files/')) return this.#serve(path.slice(7), app, response)
    const method = /^\/api\/([\w.]+)$/.exec(path)?.[1]
    if (!method || request.method !== 'POST') return void response.writeHead(404).end('Not Found')
    const isJson = request.headers['content-type']?.startsWith('application/json') === true
    const body = isJson ? readJsonObject(text) : Object.fromEntries(new URLSearchParams(text))
    const call = { method, body }
    this.calls.push(call)
    const fault = this.#faults.take(method)
    if (fault?.error !== undefined) {
      const { status = 200, headers, error } = fault
      return void response.writeHead(status, headers).end(JSON.stringify({ ok: false, error }))
    }
    if (misbehave(fault, response)) return
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      ...(app ? { 'x-oauth-scopes': [...app.scopes].join(',') } : {}),
    })
    const isReadable = !(isJson && READS_FORM.has(method))
    const answer = this.#run(app, method, isReadable ? body : {})
    if (answer['ok'] === true) this.taken.add(call)
    response.end(JSON.stringify(answer))
  }

  #run(app: SlackApp | undefined, method: string, body: Fields): Fields {
    if (!app) return { ok: false, error: 'invalid_auth' }
    const needed = NEEDED[method]
    if (needed !== undefined && !app.scopes.has(needed)) {
      return { ok: false, error: 'missing_scope', needed, provided: [...app.scopes].join(',') }
    }
    const result = this.workspace.run(app, method, body)
    return typeof result === 'string' ? { ok: false, error: result } : { ok: true, ...result }
  }

  /** Without a token the file host shows a page to sign in at, and says 200. */
  #serve(name: string, app: SlackApp | undefined, response: ServerResponse): void {
    const bytes = this.workspace.bytes.get(name)
    if (!app) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in to Slack</html>')
    } else if (bytes === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-length': Buffer.byteLength(bytes) }).end(bytes)
  }
}

/** The headers with which Slack signs a body. */
export function signSlack(
  body: string,
  secret: string,
  ageSeconds = 0,
  now = Date.now(),
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000) - ageSeconds)
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` }
}
