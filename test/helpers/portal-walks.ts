import assert from 'node:assert/strict'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { FakeBitrixRest, post } from '../fakes/bitrix-rest/portal.ts'
import { FakeChatwoot } from '../fakes/chatwoot/server.ts'
import { CONNECTOR, grantOf, tokenOf, written } from './bitrix-rest-rig.ts'
import { connectByPage, LINE } from './bitrix-rig.ts'
import { type CliEnv, runCli } from './cli.ts'
import { BOT_TOKEN } from './telegram-line.ts'
import { waitFor } from './wait-for.ts'

/** The person who writes, and her chat. */
export const PERSON = 55

/** Where the hub is, how it is called on the command line, and the messenger. */
export interface Surroundings {
  readonly hubUrl: string
  readonly env: CliEnv
  readonly portalId: string
  readonly apiRoot: string
}

/** A portal of some make, which outlives hubs, as a walk through its day sees it. */
export interface WalkingPortal extends AsyncDisposable {
  readonly url: string
  /** Values of the dialect's fields. */
  readonly settings: Readonly<Record<string, string>>
  /** Whether what it has taken without the hub's knowing is shown once more: it can't tell repeats. */
  readonly isRepeating: boolean
  /** Whether it learns that the hub has taken an answer. Where not, only its arrival tells. */
  readonly isAnswered: boolean
  connect(around: Surroundings): Promise<void>
  /** An operator answers the person. Resolves when the hub has taken it, as far as that is known; rejects when it hasn't. */
  answer(hubUrl: string, text: string, id: number): Promise<void>
  /** Texts of the person's that its operators see, in order. */
  shown(): readonly string[]
  leave(): Promise<void>
  comeBack(): Promise<void>
  /** What must not have happened there. */
  check(): void
}

/** By dialect, and by the age of the portal where that makes a difference. */
export const WALKING_PORTALS: Readonly<
  Record<string, { readonly dialect: string; start(): Promise<WalkingPortal> }>
> = {
  'bitrix, new': { dialect: 'bitrix', start: () => startBitrix('2026') },
  'bitrix, old': { dialect: 'bitrix', start: () => startBitrix('2019') },
  'bitrix-rest': { dialect: 'bitrix-rest', start: startBitrixRest },
  chatwoot: { dialect: 'chatwoot', start: startChatwoot },
}

async function startBitrix(era: '2019' | '2026'): Promise<WalkingPortal> {
  const portal = await FakeBitrix.start({ era })
  return {
    ...{ url: portal.url, settings: portal.settings, isRepeating: true },
    isAnswered: era === '2026',
    async connect({ hubUrl, apiRoot }) {
      portal.hubUrl = hubUrl
      await connectByPage({ url: hubUrl }, portal, apiRoot)
    },
    async answer(hubUrl, text, id) {
      const message = { user_id: 27, text, files: [], attachments: [], params: {} }
      const item = { im: { chat_id: 1807, message_id: id }, message, chat: { id: String(PERSON) } }
      const order = { ...LINE, command: 'sendMessage', args: [[item]] }
      const reply = await portal.order(hubUrl, order)
      assert.deepEqual([reply?.headers['x-bitrix-error'], reply?.status ?? 200], [undefined, 200])
    },
    shown: () => portal.shown.flatMap(({ text }) => text ?? []),
    async leave() {
      portal.isDown = await Promise.resolve(true)
    },
    async comeBack() {
      portal.isDown = await Promise.resolve(false)
    },
    check() {
      assert.deepEqual([portal.dropped, portal.refused], [[], 0])
    },
    [Symbol.asyncDispose]: () => portal[Symbol.asyncDispose](),
  }
}

async function startBitrixRest(): Promise<WalkingPortal> {
  const portal = await FakeBitrixRest.start()
  const { clientId, clientSecret } = portal.tokens
  return {
    ...{ url: portal.url, settings: { clientId, clientSecret } },
    ...{ isRepeating: true, isAnswered: true },
    async connect({ hubUrl, apiRoot }) {
      const installed = await portal.openPage(`${hubUrl}/b24/install`)
      assert.match(installed.body, /installFinish/, installed.body)
      const url = `${hubUrl}/b24/events`
      await portal.event('ONAPPINSTALL', {}, { url, auth: grantOf(portal) })
      const page = await portal.openSettings(CONNECTOR, '7')
      const form = { hub_action: 'save', field_token: BOT_TOKEN, field_apiRoot: apiRoot }
      const saved = await post(`${hubUrl}/b24/settings`, { hub_token: tokenOf(page), ...form })
      assert.match(saved.body, /Connected\. Messages/, saved.body)
    },
    async answer(_, text, id) {
      const { status } = await portal.event('ONIMCONNECTORMESSAGEADD', written(id, text))
      assert.equal(status, 200)
    },
    shown: () => portal.taken().map(({ item }) => String(item.message?.text)),
    async leave() {
      portal.isDown = await Promise.resolve(true)
    },
    async comeBack() {
      portal.isDown = await Promise.resolve(false)
    },
    check() {
      assert.equal(portal.tokens.refused, 0)
    },
    [Symbol.asyncDispose]: () => portal[Symbol.asyncDispose](),
  }
}

async function startChatwoot(): Promise<WalkingPortal> {
  const portal = await FakeChatwoot.start()
  return {
    ...{ url: portal.url, settings: portal.settings, isRepeating: false, isAnswered: true },
    async connect({ env, portalId, apiRoot }) {
      const fields = ['--set', `token=${BOT_TOKEN}`, '--set', `apiRoot=${apiRoot}`]
      const connect = ['line', 'connect', portalId, 'telegram', '12', ...fields]
      const { code, stderr } = await runCli(connect, env)
      assert.equal(code, 0, stderr)
    },
    async answer(_, text) {
      const [conversation] = portal.model.conversations
      assert.ok(conversation, 'there is no conversation yet')
      portal.agentWrites(conversation, { content: text })
      const hookOf = () => portal.hooks.find(({ payload }) => payload['content'] === text)
      const { status } = await waitFor(hookOf, `the webhook of ${text}`)
      assert.equal(status, 200)
    },
    shown: () =>
      portal.model.messages
        .filter(({ message_type }) => message_type === 'incoming')
        .map(({ content }) => content),
    leave: () => portal.stop(),
    comeBack: () => portal.start(),
    check() {
      const { inboxes, contacts, conversations } = portal.model
      assert.deepEqual([inboxes.length, contacts.length, conversations.length], [1, 1, 1])
      assert.equal(portal.refused, 0)
    },
    [Symbol.asyncDispose]: () => portal[Symbol.asyncDispose](),
  }
}
