import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import type { Line } from '../../src/core/line.ts'
import { toHarEntry } from '../../src/trace/har.ts'
import type { ListedItem } from '../../src/trace/operations.ts'
import { addTestPortal, startTestHub, TEST_KEY, type TestHub } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import type { ConnectorKit, ContractBench } from './kit.ts'
import { kits } from './kits.ts'

const ADMIN_TOKEN = 'PLANTED/admin+token=of"the"hub%20&\\'
const KEY = Buffer.from(TEST_KEY, 'base64')

/** The ways in which something is written that must not be found. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const base64 = Buffer.from(secret).toString('base64')
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(encodeURIComponent(secret)),
    new URLSearchParams({ a: secret }).toString().slice(2),
    [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll('/', '\\/'),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`pw:${secret};`).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('hex').toUpperCase(),
  ]
}

/** Tokens that were handed out before the trace began, and have been replaced, are in nobody's hands any more. */
function isKnown(secret: string): boolean {
  return secret !== 'token-1'
}

async function openLine(
  stack: AsyncDisposableStack,
  descriptor: ConnectorDescriptor,
  kit: ConnectorKit,
) {
  const channel = stack.use(await kit.open(descriptor.id))
  const [store] = testStores()
  assert.ok(store)
  const { databaseUrl } = stack.use(await store.open())
  const env = { HUB_ADMIN_TOKEN: ADMIN_TOKEN }
  const hub = stack.use(await startTestHub({ databaseUrl, env }))
  const portal = stack.use(await addTestPortal(hub))
  const address = { connector: descriptor.id, line: 'L1' }
  await portal.hub.saveSettings({ ...address, settings: channel.settings })
  await portal.hub.testConnect(address)
  const { lineRepository, lineDirectory, conversations, clock } = hub.app.services
  const record = await lineRepository.find({
    portalId: portal.id,
    connector: descriptor.id,
    externalId: 'L1',
  })
  assert.equal(record?.status, 'connected')
  if (channel.conversation) {
    await conversations.remember(record.id, channel.chatId, channel.conversation, clock.now())
  }
  const active = await lineDirectory.activate(record)
  assert.ok(active)
  const secrets = [
    ...descriptor.fields.flatMap(({ key, secret }) => (secret && record.settings[key]) || []),
    ...(descriptor.derivedSecrets?.(record.settings, record.webhookSecret) ?? []),
    // Those of WhatsApp are of both of its providers.
    ...(descriptor.id.startsWith('whatsapp') ? [] : channel.planted).filter(isKnown),
    record.webhookSecret,
    record.hash,
    portal.secret,
    portal.secret.slice('whsec_'.length),
    ADMIN_TOKEN,
    TEST_KEY,
    KEY.toString('hex'),
    KEY.toString('base64url'),
  ]
  return { channel, hub, portal, address, active, secrets }
}

/** An update of the channel's with the secrets in it, as the channel itself would prove it. */
async function post(channel: ContractBench, line: Line, words: readonly string[]): Promise<number> {
  const update = { ...channel.unknownUpdate, echo: words }
  const body = JSON.stringify(channel.embed?.(update, line) ?? update)
  const headers = { 'content-type': 'application/json', ...(await channel.prove(body, line)) }
  return (await fetch(line.webhookUrl, { method: 'POST', headers, body })).status
}

async function keptBy(hub: TestHub): Promise<{ rows: string[]; items: ListedItem[] }> {
  const { store, traces } = hub.app.services
  await traces.recorder.flush()
  const rows = await store.rows<{ item: string }>('SELECT item FROM trace_item ORDER BY id')
  return { rows: rows.map(({ item }) => item), items: rows.map(({ item }) => JSON.parse(item)) }
}

function assertHides(texts: readonly string[], secrets: readonly string[]): void {
  for (const text of texts) {
    for (const secret of secrets) {
      for (const form of formsOf(secret)) {
        const at = text.indexOf(form)
        assert.ok(
          at < 0,
          `${form} of ${secret} in …${text.slice(Math.max(0, at - 300), at + 120)}…`,
        )
      }
    }
  }
}

async function hidesEverything(descriptor: ConnectorDescriptor, kit: ConnectorKit): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const { channel, hub, portal, address, active, secrets } = await openLine(stack, descriptor, kit)
  const echo = secrets.flatMap(formsOf)
  const say = (): Promise<unknown> =>
    portal.hub.sendMessage({
      ...address,
      chat: { id: channel.chatId },
      // Of a token that the channel hands out the portal knows nothing.
      message: { text: secrets.filter((secret) => !secret.startsWith('token-')).join(' ') },
    })
  await portal.hub.startTrace({ ...address, minutes: 60, bodies: true })
  await portal.hub.saveSettings({ ...address, settings: channel.settings })
  await portal.hub.testConnect(address)
  await active.connector.check?.(active.line, { signal: AbortSignal.timeout(5000) })
  await say()
  await waitFor(() => channel.sent() > 0)
  portal.server.answer(() => ({ status: 500, body: JSON.stringify({ echo }) }))
  assert.equal(await post(channel, active.line, echo), 200)
  await waitFor(() => portal.server.packets.length > 0)
  channel.fail({
    status: 400,
    headers: { location: echo[0] ?? '' },
    words: echo.join(' ').replaceAll('\n', ''),
  })
  await say()
  const { rows, items } = await waitFor(async () => {
    const kept = await keptBy(hub)
    const ways = new Set(
      kept.items.map(({ direction, party, status }) => `${direction} ${party} ${status}`),
    )
    const isAll =
      ways.has('out portal 500') && ways.has('in channel 200') && ways.has('out channel 400')
    return isAll && ways.has('in portal 200') ? kept : undefined
  }, 'all ways')
  assert.ok(rows.join('').split('[secret]').length > 50)
  const pages = await portal.hub.getTrace({ ...address, limit: 200 })
  const har = items.map((item) => JSON.stringify(toHarEntry(item)))
  const values: string[] = []
  JSON.stringify(items, (_, value: unknown) => {
    if (typeof value === 'string') values.push(value)
    return value
  })
  assertHides([...rows, JSON.stringify(pages), ...har, ...values], secrets)
}

describe('a trace with secrets planted everywhere', () => {
  for (const descriptor of connectors) {
    const kit = kits[descriptor.id] ?? kits[descriptor.parent ?? '']
    // What is the hub's own says nothing to a channel.
    if (!kit || kit.isHubs) continue
    it(`holds none of a line of ${descriptor.id}`, () => hidesEverything(descriptor, kit))
  }
})
