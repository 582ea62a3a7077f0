import { createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, readJsonObject } from '../helpers/local-server.ts'
import { graphError, notAnEdge, runEdge } from './graph-edges.ts'
import type { FakeAccount, FakeApp, FakePerson, GraphRecord, GraphState } from './graph-model.ts'
import { type GraphAnswer, MetaServer, reply } from './meta-server.ts'

/** Meta's Graph API over HTTP as far as a hub sees it, with hands to act as people and to cause faults. */
export class FakeGraph extends MetaServer<GraphRecord> implements GraphState {
  readonly apps = new Map<string, FakeApp>()
  readonly accounts: FakeAccount[] = []
  readonly people = new Map<string, FakePerson>()
  /** Path → bytes. */
  readonly files = new Map<string, Buffer>()
  /** Attachments of messages, for GET /{mid}. */
  readonly attachments = new Map<string, readonly object[]>()
  #lastMessage = 0

  static async start(): Promise<FakeGraph> {
    const fake = new FakeGraph()
    await fake.listen()
    return fake
  }

  addApp(id: string, secret: string): FakeApp {
    const app = { id, secret, subscriptions: new Map() }
    this.apps.set(id, app)
    return app
  }

  addAccount(account: Omit<FakeAccount, 'subscribed'>): FakeAccount {
    this.accounts.push(account)
    return account
  }

  /** From now on the token is invalid (190), as after a change of password. */
  revoke(token: string): void {
    const at = this.accounts.findIndex((account) => account.token === token)
    if (at >= 0) this.accounts.splice(at, 1)
  }

  nextMessageId(): string {
    this.#lastMessage += 1
    return `m_sent${this.#lastMessage}`
  }

  protected override async answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const body = await readBody(request)
    const file = this.files.get(url.pathname)
    if (file) return void response.writeHead(200).end(file)
    const path = /^\/v\d+\.\d+\/(.+)$/.exec(url.pathname)?.[1]
    if (path === undefined) return reply(response, notAnEdge())
    const call: GraphRecord = {
      method: request.method ?? '',
      path: decodeURIComponent(path),
      query: Object.fromEntries(url.searchParams),
      json: readJsonObject(body.toString('utf8')),
    }
    await this.take(call, () => this.#run(call), response)
  }

  async #run(call: GraphRecord): Promise<GraphAnswer> {
    const { access_token: token = '', appsecret_proof: proof } = call.query
    const app = [...this.apps.values()].find(({ id, secret }) => token === `${id}|${secret}`)
    if (app) return await runEdge(this, { app }, call)
    const account = this.accounts.find((one) => one.token === token)
    if (!account) return { status: 400, body: graphError(190, 463) }
    const expected = createHmac('sha256', account.app.secret).update(token).digest('hex')
    if (proof !== expected) return { status: 400, body: graphError(100) }
    return await runEdge(this, { account }, call)
  }
}
