import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ensureRecipient } from '../../src/db/recipients/rows.ts'
import { STANDARD } from '../../src/portal/methods/table.ts'
import { EVERY_EVENT } from '../contract/every-event.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { postRpc } from '../helpers/rpc.ts'
import { BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'

const LINE = { connector: 'telegram', line: '1' }
const CHAT = { chat: { id: '55' } }

/**
 * What a hub answers, before a validator of JSON Schema that has nothing but the document: the tests elsewhere hold answers
 * against the schemas that it is made of, this one shows that the document says the same.
 */
/** Slots and tokens. */
/** What a company starts by itself; all of it on the one line, for the one recipient. */
async function callScripts(
  call: (method: string, params: object) => Promise<unknown>,
  lead: number,
): Promise<void> {
  const steps = [{ send: { text: 'Hi {{ lead.name }}' } }, { wait: 1 }, { notify: { a: 1 } }]
  await call('saveScript', { ...LINE, code: 's', steps })
  await call('getScript', { ...LINE, code: 's' })
  await call('listScripts', LINE)
  await call('testScript', { ...LINE, code: 's', lead })
  await call('saveTrigger', { ...LINE, code: 't', on: ['first', 'text:stop'], steps })
  await call('getTrigger', { ...LINE, code: 't' })
  await call('listTriggers', { ...LINE, limit: 10 })
  await call('deleteTrigger', { ...LINE, code: 't' })
  const { id } = (await call('scheduleJob', { ...LINE, script: 's', lead, runAfterSec: 60 })) as {
    id: string
  }
  await call('getJob', { ...LINE, id })
  await call('listJobs', { ...LINE, state: 'scheduled' })
  await call('cancelJob', { ...LINE, id })
  const filter = { tags: ['vip'], condition: 'return true' }
  await call('saveBroadcast', { ...LINE, code: 'b', script: 's', filter, ratePerMinute: 60 })
  await call('listBroadcasts', LINE)
  await call('previewBroadcast', { ...LINE, code: 'b' })
  const { run } = (await call('startBroadcast', { ...LINE, code: 'b' })) as { run: string }
  for (const method of ['getBroadcast', 'pauseBroadcast', 'resumeBroadcast', 'cancelBroadcast']) {
    await call(method, { ...LINE, run })
  }
  await call('deleteBroadcast', { ...LINE, code: 'b' })
  await call('deleteScript', { ...LINE, code: 's' })
}

async function callNotifications(
  call: (method: string, params: object) => Promise<unknown>,
): Promise<void> {
  const text = { name: 'n', templateName: 't', namespace: 's', language: 'en', text: 'x' }
  const parameters = [{ type: 'body', value: '{{ data.a }}' }]
  const incoming = [{ contextKey: 'a', requestKey: 'b' }]
  const slot = { ...text, destination: LINE, parameters, incoming }
  const { id } = (await call('saveNotification', slot)) as { id: number }
  await call('listNotifications', {})
  await call('regenerateNotificationWebhook', { id })
  await call('deleteNotification', { id })
  await call('createApiToken', { name: 'all' })
  const token = (await call('createApiToken', { ...LINE, name: 'one' })) as { id: number }
  await call('listApiTokens', {})
  await call('revokeApiToken', { id: token.id })
}

describe('what the hub says, by the document alone', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  let hub: TestHub
  let portal: TestPortal
  let telegram: FakeTelegram

  before(async () => {
    hub = await startTestHub({ databaseUrl: 'sqlite::memory:' })
    portal = await addTestPortal(hub)
    telegram = await startTelegramWithBot()
    const document = (await (await fetch(`${hub.url}/openapi.json`)).json()) as object
    ajv.addSchema({ ...document, $id: 'https://hub.example/openapi' })
  })
  after(async () => {
    await telegram[Symbol.asyncDispose]()
    await portal[Symbol.asyncDispose]()
    await hub.stop()
  })

  function check(pointer: string, value: unknown): void {
    const $ref = `https://hub.example/openapi#/${pointer}`
    const isValid = ajv.validate({ $ref }, value)
    assert.ok(isValid, `${pointer}: ${ajv.errorsText()}\n${JSON.stringify(value)}`)
  }

  function bodyOf(path: string, verb: string, status: string): string {
    const escaped = path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')
    return `paths/${escaped}/${verb}/responses/${status}/content/application~1json/schema`
  }

  it('every event, with new fields too, and nothing that lacks what an event has', () => {
    const schema = 'components/schemas/Event'
    for (const event of EVERY_EVENT) {
      check(schema, { id: 'evt_1', ...event })
      check(schema, { id: 'evt_1', ...event, later: 1 })
      assert.throws(() => check(schema, event))
    }
    assert.throws(() => check(schema, { id: 'evt_1', type: 'message.new' }))
  })

  it('the params and the result of every standard method, and its packets', async () => {
    const settings = { token: BOT_TOKEN, apiRoot: telegram.url }
    const left = new Set(STANDARD.map(({ name }) => name))
    const call = async (method: string, params: object): Promise<unknown> => {
      left.delete(method)
      check(`components/schemas/${method}.params`, params)
      const result = await portal.hub.$call(method, params as Record<string, unknown>)
      check(`components/schemas/${method}.result`, result)
      return result
    }
    await call('ping', {})
    await call('listConnectors', {})
    await call('saveSettings', { ...LINE, settings })
    await call('testConnect', LINE)
    for (const method of ['getSettings', 'getStatus', 'checkLine', 'retryNow'])
      await call(method, LINE)
    await call('startTrace', { ...LINE, minutes: 5, bodies: true })
    await call('listLines', {})
    await call('listLines', { limit: 5 })
    const message = { text: 'Hi', buttons: [[{ text: 'Yes', payload: 'yes' }]] }
    const { id } = (await call('sendMessage', { ...LINE, ...CHAT, message, key: 'k' })) as {
      id: string
    }
    await call('updateMessage', { ...LINE, ...CHAT, message: { id: '1', text: 'Ho' } })
    await call('deleteMessage', { ...LINE, ...CHAT, message: { id: '1' } })
    await call('sendTyping', { ...LINE, ...CHAT })
    const { packets } = portal.server
    await portal.server.waitForEvents(1)
    await call('getMessageStatus', { ...LINE, id })
    await call('findMessage', { id, ...CHAT })
    const [event] = portal.server.events
    await call('confirmDelivery', { ...LINE, events: [event?.id] })
    for (const method of ['listDeadLetters', 'replayDeadLetters', 'deleteDeadLetters']) {
      await call(method, LINE)
    }
    const { items } = (await call('getTrace', { ...LINE, limit: 200 })) as { items: unknown[] }
    assert.ok(items.length > 0)
    await call('stopTrace', LINE)
    const { bot: lineId } = await portal.hub.getStatus<{ bot: number }>(LINE)
    const about = { lineId, portalId: portal.id, chatId: CHAT.chat.id }
    const { store } = hub.app.services
    for (const { sql, bindings } of ensureRecipient(store, about, Date.now())) {
      await store.run(sql, bindings)
    }
    const tagged = { addTags: ['vip'], attributes: { size: [1, null] } }
    const { lead } = (await call('updateRecipient', { ...LINE, ...CHAT, ...tagged })) as {
      lead: number
    }
    await call('linkRecipients', { person: 'p', leads: [lead] })
    await call('openDialog', { ...LINE, ...CHAT })
    await call('getRecipient', { ...LINE, lead })
    await call('listRecipients', { ...LINE, tags: ['vip'], seenBefore: '2026-01-01T00:00:00Z' })
    await call('listRecipients', LINE)
    await call('closeDialog', { ...LINE, ...CHAT })
    await callScripts(call, lead)
    await callNotifications(call)
    await call('createConsoleLink', { ...LINE, embedIn: ['https://crm.example.com'] })
    await call('disconnect', { ...LINE, purge: false })
    await call('rotateSecret', {})
    // Telegram can't do it.
    left.delete('markRead')
    assert.deepEqual([...left], [])
    assert.ok(packets.some(({ body }) => body.type === 'events'))
    for (const { body } of packets) check('components/schemas/Packet', body)
  })

  it('refusals of every address, and the answers of those for operators', async () => {
    const url = `${hub.url}/webhook?hash=${'0'.repeat(32)}`
    const headers = { 'content-type': 'application/json' }
    const unknown = await fetch(url, { method: 'POST', headers, body: '{}' })
    check(bodyOf('/webhook', 'post', String(unknown.status)), await unknown.json())
    const file = await fetch(`${hub.url}/files/none`)
    check(bodyOf('/files/{link}', 'get', String(file.status)), await file.json())
    const caller = { url: hub.url, portal: portal.id, secret: `whsec_${'A'.repeat(44)}` }
    const refused = await postRpc(caller, { jsonrpc: '2.0', id: 1, method: 'ping' })
    check(bodyOf('/rpc/{portal}', 'post', String(refused.status)), refused.body)
    for (const path of ['/healthz', '/readyz']) {
      check(bodyOf(path, 'get', '200'), await (await fetch(hub.url + path)).json())
    }
    const fault = await portal.hub.$call('getStatus', {}).catch((error: unknown) => error)
    assert.equal((fault as { code?: number }).code, -32602)
  })
})
