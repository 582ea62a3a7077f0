import type { FakeTelegram } from '../fakes/telegram.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from './hub.ts'
import { createJumpClock, type JumpClock } from './jump-clock.ts'
import type { OpenStore, TestStore } from './stores.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from './telegram-line.ts'
import { nothingUnderWay } from './under-way.ts'
import { waitFor } from './wait-for.ts'

export const LINE = { connector: 'telegram', line: '12' } as const

export interface CommRigOptions {
  readonly env?: Readonly<Record<string, string>>
}

export interface JobShape {
  readonly id: string
  readonly state: string
  readonly dueAt: string
  readonly position: number
  readonly attempt: number
  readonly error?: { readonly code: string; readonly message: string }
}

/** A hub with a clock that can be turned forward, a portal, and a Telegram line of it with people. */
export class CommRig implements AsyncDisposable {
  readonly clock: JumpClock
  readonly hub: TestHub
  readonly portal: TestPortal
  readonly telegram: FakeTelegram
  readonly #database: OpenStore

  constructor(parts: {
    clock: JumpClock
    hub: TestHub
    portal: TestPortal
    telegram: FakeTelegram
    database: OpenStore
  }) {
    this.clock = parts.clock
    this.hub = parts.hub
    this.portal = parts.portal
    this.telegram = parts.telegram
    this.#database = parts.database
  }

  get databaseUrl(): string {
    return this.#database.databaseUrl
  }

  /** A remote method of the line. */
  call<T = Record<string, unknown>>(
    method: Parameters<TestPortal['hub']['$call']>[0],
    params: object = {},
  ): Promise<T> {
    return this.portal.hub.$call(method, { ...LINE, ...params }) as Promise<T>
  }

  /** A person writes; resolves when the hub has committed it. */
  async says(chatId: number, text: string, from: Readonly<Record<string, unknown>> = {}) {
    const pushed = await this.telegram.personWrites({ botId: BOT_ID, chatId, text, from })
    if (pushed.queued || pushed.status !== 200) throw new Error(`the hub refused: ${pushed}`)
  }

  async presses(chatId: number, data: string): Promise<void> {
    await this.telegram.personPresses({ botId: BOT_ID, chatId, messageId: 1, data })
  }

  async blocks(chatId: number, isBlocked = true): Promise<void> {
    await this.telegram.personBlocks({ botId: BOT_ID, chatId, isBlocked })
  }

  /** What the bot has sent to a chat, in order. */
  sentTo(chatId: number): string[] {
    return this.telegram
      .callsOf('sendMessage')
      .filter((call) => this.telegram.taken.has(call) && Number(call.params['chat_id']) === chatId)
      .map(({ params }) => String(params['text']))
  }

  async waitForSent(chatId: number, count: number): Promise<string[]> {
    const isThere = () => this.sentTo(chatId).length >= count
    const what = () => `${count} messages to ${chatId}, got ${JSON.stringify(this.sentTo(chatId))}`
    await waitFor(isThere, what)
    await this.allNoted()
    return this.sentTo(chatId)
  }

  /** As `nothingUnderWay`. */
  async allNoted(): Promise<void> {
    await nothingUnderWay(this.hub)
  }

  /** The number of the recipient with this chat. */
  async leadOf(chatId: number): Promise<number> {
    const { lead } = await this.call<{ lead: number }>('getRecipient', {
      chat: { id: String(chatId) },
    })
    return lead
  }

  async waitForJob(id: string, state: string): Promise<JobShape> {
    let job: JobShape | undefined
    const what = () => `${id} to be ${state}, is ${JSON.stringify(job)}`
    await waitFor(async () => {
      job = await this.call<JobShape>('getJob', { id })
      return job.state === state
    }, what)
    if (!job) throw new Error('no job')
    await this.allNoted()
    return job
  }

  /** Events of one type that the portal has accepted. */
  events(type: string): Record<string, unknown>[] {
    return this.portal.server.events.filter((event) => event.type === type) as never
  }

  async waitForEvents(type: string, count: number): Promise<Record<string, unknown>[]> {
    const what = () => `${count} of ${type}, got ${JSON.stringify(this.events(type))}`
    await waitFor(() => this.events(type).length >= count, what)
    return this.events(type)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub.stop()
    await this.portal[Symbol.asyncDispose]()
    await this.telegram[Symbol.asyncDispose]()
    await this.#database.dispose()
  }
}

export async function openCommRig(
  kind: TestStore,
  { env = {} }: CommRigOptions = {},
): Promise<CommRig> {
  const database = await kind.open()
  const clock = createJumpClock()
  const telegram = await startTelegramWithBot()
  const hub = await startTestHub({ databaseUrl: database.databaseUrl, clock, env })
  const portal = await addTestPortal(hub)
  const tested = await connectTelegram(portal, telegram)
  if (!tested.ok) throw new Error(`not connected: ${JSON.stringify(tested)}`)
  return new CommRig({ clock, hub, portal, telegram, database })
}
