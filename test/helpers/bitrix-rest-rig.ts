import assert from 'node:assert/strict'
import { findLastingPort } from '../chaos/free-ports.ts'
import { FakeBitrixRest, post } from '../fakes/bitrix-rest/portal.ts'
import type { HttpAnswer } from './http.ts'
import { startTestHub } from './hub.ts'
import { createJumpClock } from './jump-clock.ts'
import type { TestStore } from './stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from './telegram-line.ts'

export const CONNECTOR = 'hub_telegram'
export const LINE = '7'

/** A hub with one Bitrix24 portal, not installed yet, and Telegram with a bot. */
export async function openBitrixRig(
  store: TestStore,
  env: Readonly<Record<string, string>> = {},
  more: { readonly language?: 'ru'; readonly clientSecret?: string } = {},
) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const clock = createJumpClock()
  const portal = stack.use(await FakeBitrixRest.start(() => clock.now()))
  // The address stays the same when the hub starts anew: messengers and the portal know it.
  const port = await findLastingPort()
  const own = { HUB_PUBLIC_URL: `http://127.0.0.1:${port}`, ...env }
  const start = async (onPort: number) => {
    const all = { ...own, HUB_PORT: String(onPort) }
    return stack.use(await startTestHub({ databaseUrl, clock, env: all }))
  }
  const hub = await start(port)
  const { clientId, clientSecret } = portal.tokens
  const made = await hub.app.services.portalOperations.add({
    name: 'Cloud',
    url: portal.url,
    format: { text: 'bbcode', emoji: 'unicode' },
    dialect: 'bitrix-rest',
    settings: { clientId, clientSecret: more.clientSecret ?? clientSecret },
    ...(more.language ? { language: more.language } : {}),
  })
  const events = () => `${hub.url}/b24/events`
  return {
    hub,
    portal,
    telegram,
    clock,
    id: made.id,
    /** Another process of the same hub. */
    startAnother: () => start(0),
    install: () => portal.openPage(`${hub.url}/b24/install`),
    openSettings: () =>
      portal.openPage(`${hub.url}/b24/settings?connector=telegram`, {
        PLACEMENT: 'SETTING_CONNECTOR',
        PLACEMENT_OPTIONS: JSON.stringify({ LINE: Number(LINE), ACTIVE_STATUS: 0 }),
      }),
    /** Sends the form of a page that was opened. */
    submit: (page: HttpAnswer, fields: Readonly<Record<string, string>>) =>
      post(`${hub.url}/b24/settings`, { hub_token: tokenOf(page), ...fields }),
    /** Installs the application and connects the bot to the open line, by the portal's own pages. */
    async connect(): Promise<void> {
      const installed = await this.install()
      assert.match(installed.body, /installFinish/, installed.body)
      await portal.event('ONAPPINSTALL', {}, { url: events(), auth: grantOf(portal) })
      const page = await this.openSettings()
      const saved = await this.submit(page, this.form())
      assert.match(saved.body, /Connected\. Messages/, saved.body)
    },
    form: () => ({ hub_action: 'save', field_token: BOT_TOKEN, field_apiRoot: telegram.url }),
    event: (name: string, data: unknown, auth?: Record<string, string>) =>
      portal.event(name, data, { url: events(), ...(auth ? { auth } : {}) }),
    async write(text: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
      const pushed = await telegram.personWrites({ botId: BOT_ID, chatId: 55, text, fields })
      assert.ok(!pushed.queued && pushed.status === 200, JSON.stringify(pushed))
    },
    status: () => {
      const address = { portalId: made.id, connector: 'telegram', externalId: LINE }
      return hub.app.services.lineOperations.statusOf(address)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export function tokenOf({ body }: HttpAnswer): string {
  const [, token] = /name="hub_token" value="([^"]+)"/.exec(body) ?? []
  assert.ok(token, body)
  return token
}

/** What ONAPPINSTALL brings. */
export function grantOf(portal: FakeBitrixRest): Record<string, string> {
  const { access, refresh } = portal.tokens.issue()
  return { access_token: access, refresh_token: refresh, expires_in: '3600' }
}

/** An operator's message, as the event tells it. */
export function written(messageId: number, text: string, files: readonly object[] = []) {
  const message = { user_id: 27, text, files, attachments: [], params: { CLASS: 'bx-messenger' } }
  const item = { im: { chat_id: 1807, message_id: messageId }, message, chat: { id: '55' } }
  return { CONNECTOR, LINE: Number(LINE), MESSAGES: [item] }
}
