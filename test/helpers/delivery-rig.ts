import type { FakeTelegram } from '../fakes/telegram.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from './hub.ts'
import { createJumpClock, type JumpClock } from './jump-clock.ts'
import type { TestStore } from './stores.ts'
import { BOT_ID, connectTelegram, type StatusShape, startTelegramWithBot } from './telegram-line.ts'
import { nothingUnderWay } from './under-way.ts'

/** A hub with one portal and one connected Telegram line, on a clock that can be turned forward. */
export interface DeliveryRig extends AsyncDisposable {
  readonly clock: JumpClock
  readonly hub: TestHub
  readonly telegram: FakeTelegram
  readonly portal: TestPortal
  readonly databaseUrl: string
  /** One message per text, one after another; throws unless each is answered 200. */
  write(...texts: readonly string[]): Promise<void>
  /** The line's status, read without calling the hub: a call would count as a sign of life. */
  status(): Promise<StatusShape>
  /** As `nothingUnderWay`. */
  allNoted(): Promise<void>
}

export async function startDeliveryRig(
  store: Pick<TestStore, 'open'>,
  env: Readonly<Record<string, string>> = {},
): Promise<DeliveryRig> {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const clock = createJumpClock()
  const { databaseUrl } = database
  const hub = stack.use(await startTestHub({ databaseUrl, clock, env }))
  const portal = stack.use(await addTestPortal(hub))
  const tested = await connectTelegram(portal, telegram)
  if (!tested.ok) throw new Error(`the line did not connect: ${JSON.stringify(tested)}`)
  return {
    clock,
    hub,
    telegram,
    portal,
    databaseUrl,
    async write(...texts) {
      for (const text of texts) {
        const pushed = await telegram.personWrites({ botId: BOT_ID, chatId: 55, text })
        if (pushed.queued || pushed.status !== 200) throw new Error(JSON.stringify(pushed))
      }
    },
    async status() {
      const { services } = hub.app
      const address = { portalId: portal.id, connector: 'telegram', externalId: '12' }
      return await services.lineOperations.statusOf(address)
    },
    allNoted: () => nothingUnderWay(hub),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The texts of message events, in order. */
export function textsOf(events: readonly object[]): (string | undefined)[] {
  return events.map((event) => (event as { message?: { text?: string } }).message?.text)
}
