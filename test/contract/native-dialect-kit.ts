import { randomUUID } from 'node:crypto'
import { makePortalSecret } from '../../src/lines/portal-secrets.ts'
import { type FakePortal, startFakePortal } from '../fakes/portal.ts'
import type { Answer } from '../fakes/portal-answer.ts'
import type { TestHub } from '../helpers/hub.ts'
import { postRpc, toCall } from '../helpers/rpc.ts'
import type { DialectPortal, DialectReply, Forgery } from './dialect-kit.ts'

/** The tests' native portal, as the contract suite over dialects uses it. */
export class NativePortalOfSuite implements DialectPortal {
  readonly settings = {}
  readonly #server: FakePortal
  #id = ''

  private constructor(server: FakePortal) {
    this.#server = server
  }

  static async start(): Promise<NativePortalOfSuite> {
    return new NativePortalOfSuite(await startFakePortal())
  }

  get url(): string {
    return this.#server.url
  }

  secrets(): readonly string[] {
    return this.#server.secrets
  }

  registered({ id, secret }: { readonly id: string; readonly secret: string }): void {
    this.#id = id
    this.#server.secrets = [secret]
  }

  types(): readonly string[] {
    return this.#server.received.map(({ type }) => type)
  }

  texts(): readonly (string | undefined)[] {
    return this.#server.received.map(({ message }) => message?.text)
  }

  goodbyes(): readonly string[] {
    return this.#server.packets.flatMap(({ body }) =>
      body.type === 'connector.deactivated' ? [String(body['reason'])] : [],
    )
  }

  healths(): readonly string[] {
    return this.#server.packets.flatMap(({ body }) =>
      body.type === 'line.health' && body.health ? [body.health.state] : [],
    )
  }

  refused(): number {
    return this.#server.refused.length
  }

  answerNext(...answers: readonly Answer[]): void {
    this.#server.answer(answers)
    this.#server.answer(answers, 'connector.deactivated')
    this.#server.answer(answers, 'line.health')
    this.#server.answer(answers, 'connection.test')
  }

  async call(
    hub: TestHub,
    method: string,
    params: object,
    { isForged, isStranger, requestId = `req_${randomUUID()}` }: Forgery = {},
  ): Promise<DialectReply> {
    const caller = {
      url: hub.url,
      portal: isStranger ? 'prt_nobody00000000000000' : this.#id,
      secret: isForged ? makePortalSecret() : (this.#server.secrets[0] ?? ''),
    }
    const { status, text, body } = await postRpc(caller, toCall(method, params), { id: requestId })
    const isDone = status === 200 && typeof body === 'object' && body !== null && 'result' in body
    return { status, text, isDone }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }
}
