import assert from 'node:assert/strict'
import type { Era } from '../../src/portal/dialects/bitrix/era.ts'
import type { PhpInput } from '../../src/portal/dialects/bitrix/wire/php-value.ts'
import { findLastingPort } from '../chaos/free-ports.ts'
import type { Reply } from '../fakes/bitrix/caller.ts'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { startTestHub, type TestHub } from './hub.ts'
import { createJumpClock } from './jump-clock.ts'
import type { TestStore } from './stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from './telegram-line.ts'
import { nothingUnderWay } from './under-way.ts'
import { waitFor } from './wait-for.ts'

/** The open line that everything is about. */
export const LINE = { connector: 'telegrambot', line: '7' }

/** Makes the portal known to the hub; gives its id there. */
export async function addBitrix(hub: TestHub, portal: FakeBitrix): Promise<string> {
  const { id } = await hub.app.services.portalOperations.add({
    name: 'Shop',
    url: portal.url,
    format: { text: 'bbcode', emoji: 'shortname' },
    dialect: 'bitrix',
    settings: portal.settings,
  })
  portal.hubUrl = hub.url
  return id
}

/** As the portal's page does it. */
export async function connectByPage(
  hub: { readonly url: string },
  portal: FakeBitrix,
  apiRoot: string,
  line = LINE,
): Promise<void> {
  const form = { api_token: BOT_TOKEN, apiRoot }
  for (const [command, args] of [
    ['saveSettings', [form]],
    ['testConnect', []],
    ['register', []],
  ] as const) {
    const { text, body } = await portal.call(hub.url, { ...line, command, args })
    assert.equal(body.OK, true, `${command}: ${text}`)
  }
}

/** A hub, a portal that it knows, and Telegram; nothing is connected yet. */
export async function openBitrixRig(
  store: TestStore,
  {
    era = '2026',
    isConnected = false,
  }: { readonly era?: Era; readonly isConnected?: boolean } = {},
) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const clock = createJumpClock()
  // The address stays the same when the hub starts anew: messengers and the portal know it.
  const port = await findLastingPort()
  const hub = stack.use(await startTestHub({ databaseUrl, clock, env: { HUB_PORT: String(port) } }))
  const portal = stack.use(await FakeBitrix.start({ era }))
  const portalId = await addBitrix(hub, portal)
  if (isConnected) await connectByPage(hub, portal, telegram.url)
  portal.posts.length = 0
  return {
    ...{ hub, portal, portalId, telegram, clock },
    /** Posts a command of the open line and reads the answer. */
    async ask(
      command: string,
      args: readonly PhpInput[] = [],
      line = LINE,
    ): Promise<Reply['body']> {
      return (await portal.call(hub.url, { ...line, command, args })).body
    },
    /** Kills nothing, but lets the hub end and another one begin on the same store, under the same address. */
    async restart() {
      await hub.restart()
      portal.hubUrl = hub.url
    },
    async write(text: string) {
      await telegram.personWrites({ botId: BOT_ID, chatId: 55, text })
    },
    /** What the operator writes in the chat that was written to. */
    async answer(text: string, messageId: number, files: readonly PhpInput[] = []) {
      const im = { chat_id: 1807, message_id: messageId }
      const message = { user_id: 27, text, files, attachments: [], params: {} }
      const item = { im, message, chat: { id: '55' } }
      await portal.order(hub.url, { ...LINE, command: 'sendMessage', args: [[item]] })
    },
    async lockout() {
      const address = { portalId, connector: 'telegram', externalId: LINE.line }
      return (await hub.app.services.lineOperations.statusOf(address)).lockout
    },
    allNoted: () => nothingUnderWay(hub),
    async posted(command: string) {
      await waitFor(() => portal.items(command).length > 0, `a post of ${command}`)
      return portal.items(command)[0]
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
