import { POOL_SIZES } from '../../src/core/pool-sizes.ts'
import { OutboxWriter } from '../../src/outbox/writer.ts'
import { dialects } from '../../src/portal/dialects/index.ts'
import { doorContext } from '../../src/portal/door-frame.ts'
import { createDoorContext } from '../../src/wiring.ts'
import { findLastingPort } from '../chaos/free-ports.ts'
import { signHook, toHookCall } from '../fakes/chatwoot/hooks.ts'
import type { Conversation, Message } from '../fakes/chatwoot/model.ts'
import { FakeChatwoot, type FakeChatwootOptions } from '../fakes/chatwoot/server.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { send } from './http.ts'
import { startTestHub, type TestHub } from './hub.ts'
import { createJumpClock, type JumpClock } from './jump-clock.ts'
import type { TestStore } from './stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from './telegram-line.ts'
import { waitFor } from './wait-for.ts'

/** A hub with a Telegram line that is shown in Chatwoot, on an address that stays the same when the hub starts anew. */
export interface ChatwootRig extends AsyncDisposable {
  readonly hub: TestHub
  readonly clock: JumpClock
  readonly telegram: FakeTelegram
  readonly chatwoot: FakeChatwoot
  readonly portalId: string
  /** Saves the settings and tests, as an administrator does at the hub's side. */
  connect(line?: string): Promise<{ readonly ok: boolean; readonly portal: object }>
  write(text: string, chatId?: number, fields?: Readonly<Record<string, unknown>>): Promise<void>
  /** The one conversation of the one person. */
  conversation(): Conversation
  /** What Telegram was asked to send. */
  sent(): readonly (string | undefined)[]
  /** What the hub does once a minute. */
  upkeep(): Promise<void>
  /** Posts to the hub what stands at the first inbox's address, with what is changed of it. */
  post(change?: {
    readonly url?: (url: string) => string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly payload?: object
    readonly secret?: string
  }): Promise<{ readonly status: number; readonly body: string }>
  /** Posts a body of any kind to the first inbox's address, rightly signed. */
  signed(body: string): Promise<{ readonly status: number; readonly body: string }>
  /** Until Chatwoot shows what became of it. */
  waitForStatus(message: Message, status: string): Promise<void>
}

export async function startChatwootRig(
  store: Pick<TestStore, 'open'>,
  options: FakeChatwootOptions & {
    readonly language?: 'en' | 'ru'
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Promise<ChatwootRig> {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const clock = createJumpClock()
  const now = (): number => clock.now()
  const chatwoot = stack.use(await FakeChatwoot.start({ now, ...options }))
  const env = { HUB_PORT: String(await findLastingPort()), ...options.env }
  const hub = stack.use(await startTestHub({ databaseUrl, clock, env }))
  const { language = 'en' } = options
  const { id: portalId } = await hub.app.services.portalOperations.add({
    name: 'Chatwoot',
    url: chatwoot.url,
    format: { text: 'bbcode', emoji: 'shortname' },
    language,
    dialect: 'chatwoot',
    settings: chatwoot.settings,
  })
  return {
    ...{ hub, clock, telegram, chatwoot, portalId },
    async connect(line = '12') {
      const { lineOperations } = hub.app.services
      const address = { portalId, connector: 'telegram', externalId: line }
      await lineOperations.save(address, { token: BOT_TOKEN, apiRoot: telegram.url })
      return await lineOperations.test(await lineOperations.find(address))
    },
    async write(text, chatId = 55, fields = {}) {
      const pushed = await telegram.personWrites({ botId: BOT_ID, chatId, text, fields })
      if (pushed.queued || pushed.status !== 200) throw new Error(JSON.stringify(pushed))
    },
    conversation() {
      const [only, ...others] = chatwoot.model.conversations
      if (!only || others.length > 0) throw new Error(`${others.length} further conversations`)
      return only
    },
    sent: () => telegram.callsOf('sendMessage').map(({ params }) => params['text'] as string),
    async post({ url = (same: string) => same, headers = {}, body, payload = {}, secret } = {}) {
      const [inbox] = chatwoot.model.inboxes
      if (!inbox) throw new Error('no line was connected')
      const signer = secret === undefined ? inbox : { ...inbox, secret }
      const call = toHookCall(signer, payload, { now: clock.now() })
      const sent = { headers: { ...call.headers, ...headers }, body: body ?? call.body }
      return await send(url(call.url), sent)
    },
    async signed(body) {
      const [inbox] = chatwoot.model.inboxes
      if (!inbox) throw new Error('no line was connected')
      return await send(inbox.webhook_url, signHook(inbox, body, { now: clock.now() }))
    },
    upkeep: () => visit(hub, portalId),
    async waitForStatus({ id }, status) {
      const shown = () => chatwoot.statusesOf(id).at(-1)
      await waitFor(
        () => shown() === status,
        () => `status ${status}, it is ${shown()}`,
      )
    },
    async [Symbol.asyncDispose]() {
      await chatwoot.settled()
      await stack.disposeAsync()
    },
  }
}

async function visit({ app }: TestHub, portalId: string): Promise<void> {
  const { services } = app
  const { store, clock, pools, signals, journal, portalDirectory } = services
  const places = pools.open(POOL_SIZES.messagesWaiting)
  const onQueued = (lineIds: ReadonlySet<number>): void => signals.outboxDue.raise(lineIds)
  const outbox = new OutboxWriter(store, clock, places, onQueued, journal)
  const dialect = dialects.find(({ id }) => id === 'chatwoot')
  const context = doorContext('chatwoot', createDoorContext(services, outbox))
  const portal = await portalDirectory.find(portalId)
  if (!portal) throw new Error('there is no such portal')
  await dialect?.createUpkeep?.(context).visit(portal, new AbortController().signal)
}
