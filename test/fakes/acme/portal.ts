import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { send } from '../../helpers/http.ts'
import { LocalServer, readBody } from '../../helpers/local-server.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { type Answer, carryOut } from '../portal-answer.ts'
import { isSigned, SIGNATURE_HEADER, sign } from './signature.ts'

/** An item that the portal was sent with a good signature. */
export interface AcmeItem {
  readonly what: string
  readonly item: string
  readonly line: string
  readonly event: { readonly message?: { readonly text?: string }; readonly [key: string]: unknown }
  readonly reason: string
}

/** Acme Desk: takes signed forms, answers `TAKEN`, and calls the hub with forms of its own. */
export class FakeAcme implements AsyncDisposable {
  readonly account: string
  readonly apiKey: string
  /** Every item, repeats included, whatever was answered. */
  readonly items: AcmeItem[] = []
  /** Those that were answered with TAKEN, in order. */
  readonly taken: AcmeItem[] = []
  /** Posts whose signature was wrong. */
  refused = 0
  /** Answers for the next items, one each; then TAKEN again. */
  readonly script: Answer[] = []
  readonly #server: LocalServer

  private constructor(account: string, apiKey: string) {
    this.account = account
    this.apiKey = apiKey
    this.#server = new LocalServer((request, response) => {
      this.#take(request, response).catch(() => response.destroy())
    })
  }

  static async start(account = 'shop-1', apiKey = 'PLANTED-acme-key'): Promise<FakeAcme> {
    const portal = new FakeAcme(account, apiKey)
    await portal.#server.listen()
    return portal
  }

  get url(): string {
    return `${this.#server.url}/desk`
  }

  /** Calls a remote method; what is laid over makes it a forged or a repeated one. */
  async call(
    hubUrl: string,
    command: string,
    args: object,
    {
      nonce = randomUUID() as string,
      account = this.account,
      apiKey = this.apiKey,
    }: { readonly nonce?: string; readonly account?: string; readonly apiKey?: string } = {},
  ): Promise<{ status: number; body: string }> {
    const body = new URLSearchParams({
      account,
      nonce,
      command,
      args: JSON.stringify(args),
    }).toString()
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      [SIGNATURE_HEADER]: sign(body, apiKey),
    }
    return await send(`${hubUrl}/acme/inbound`, { headers, body })
  }

  async waitForTaken(count: number): Promise<readonly AcmeItem[]> {
    await waitFor(
      () => this.taken.length >= count,
      () => `${count} items taken, got ${this.taken.length}`,
    )
    return this.taken
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await readBody(request)).toString('utf8')
    if (!isSigned(text, request.headers[SIGNATURE_HEADER], this.apiKey)) {
      this.refused++
      response.writeHead(200).end('WRONG SIGNATURE\n')
      return
    }
    const form = new URLSearchParams(text)
    const read = (key: string): string => form.get(key) ?? ''
    if (read('what') === 'ping') return void response.end('TAKEN\n')
    const item = {
      what: read('what'),
      item: read('item'),
      line: read('line'),
      event: JSON.parse(form.get('json') ?? '{}') as AcmeItem['event'],
      reason: read('reason'),
    }
    this.items.push(item)
    const answer = this.script.shift()
    if (!answer) this.taken.push(item)
    await carryOut(answer ?? { body: 'TAKEN\n' }, response)
  }
}
