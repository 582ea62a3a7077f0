import { randomUUID } from 'node:crypto'
import type { DialectPortal, DialectReply, Forgery } from '../../contract/dialect-kit.ts'
import type { TestHub } from '../../helpers/hub.ts'
import type { Answer } from '../portal-answer.ts'
import { FakeAcme } from './portal.ts'

/** Acme Desk, as the contract suite over dialects uses it. */
export class AcmePortalOfSuite implements DialectPortal {
  readonly #server: FakeAcme

  private constructor(server: FakeAcme) {
    this.#server = server
  }

  static async start(): Promise<AcmePortalOfSuite> {
    return new AcmePortalOfSuite(await FakeAcme.start())
  }

  get url(): string {
    return this.#server.url
  }

  get settings(): Readonly<Record<string, string>> {
    return { account: this.#server.account, apiKey: this.#server.apiKey }
  }

  secrets(): readonly string[] {
    return [this.#server.apiKey]
  }

  registered(): void {
    // Acme names itself by its account.
  }

  types(): readonly string[] {
    return this.#server.items.map(({ what }) => what).filter((what) => what !== 'off')
  }

  texts(): readonly (string | undefined)[] {
    return this.#server.items
      .filter(({ what }) => what !== 'off')
      .map(({ event }) => event.message?.text)
  }

  goodbyes(): readonly string[] {
    return this.#server.items.filter(({ what }) => what === 'off').map(({ reason }) => reason)
  }

  refused(): number {
    return this.#server.refused
  }

  answerNext(...answers: readonly Answer[]): void {
    this.#server.script.push(...answers)
  }

  async call(
    hub: TestHub,
    method: string,
    params: object,
    { isForged, isStranger, requestId = randomUUID() }: Forgery = {},
  ): Promise<DialectReply> {
    const { status, body } = await this.#server.call(hub.url, method, params, {
      nonce: requestId,
      ...(isForged ? { apiKey: 'another-key' } : {}),
      ...(isStranger ? { account: 'nobody' } : {}),
    })
    return { status, text: body, isDone: status === 200 && body.startsWith('DONE ') }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }
}
