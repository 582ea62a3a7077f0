import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { systemClock } from '../../src/core/clock.ts'
import type {
  Connector,
  ConnectorContext,
  ConnectorDescriptor,
  SendContext,
} from '../../src/core/connector.ts'
import { DeliveryError, SettingsError, TransportError } from '../../src/core/errors.ts'
import { given } from '../../src/core/given.ts'
import type { RawRequest } from '../../src/core/http.ts'
import { parseJson } from '../../src/core/json.ts'
import type { Line } from '../../src/core/line.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { MASK, maskSettings, readSettings } from '../../src/core/settings.ts'
import { FileSource } from '../../src/files/source.ts'
import { createChannelClient } from '../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../src/outgoing/guard.ts'
import { NO_FILES } from '../helpers/no-files.ts'
import { waitFor } from '../helpers/wait-for.ts'
import type { ConnectorKit, ContractBench } from './kit.ts'

const FIXTURES = new URL('../fixtures/', import.meta.url)
/** Instead of a connector's own time-out, which nobody wants to wait for. */
const TIMEOUT_MS = 150
const WEBHOOK_SECRET = 'webhook-secret-of-the-contract-0'

interface Bench extends ContractBench {
  readonly connector: Connector
  readonly line: Line
  call(more?: Partial<SendContext>): SendContext
  /** Everything that was logged. */
  log(): string
}

/** What every connector owes the hub. Loops over nothing: call it once per descriptor. */
export function connectorContract(descriptor: ConnectorDescriptor, kit: ConnectorKit): void {
  describe(`connector ${descriptor.id}`, () => {
    describeData(descriptor, kit)
    describeInbound(descriptor, kit)
    describeOutbound(descriptor, kit)
    describeTest(descriptor, kit)
  })
}

function makeLine(descriptor: ConnectorDescriptor, raw: Readonly<Record<string, string>>): Line {
  return {
    id: 1,
    connector: descriptor.id,
    settings: descriptor.parseSettings(readSettings(descriptor.fields, raw)),
    webhookSecret: WEBHOOK_SECRET,
    webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
  }
}

async function open(
  descriptor: ConnectorDescriptor,
  kit: ConnectorKit,
  timeoutMs?: number,
): Promise<Bench> {
  const channel = await kit.open(descriptor.id)
  const guard = createTargetGuard(['127.0.0.0/8'])
  const http = createChannelClient(guard)
  const files = new FileSource(guard)
  const logged: string[] = []
  const note = (fields: object, text: string): void => {
    logged.push(inspect(fields, { depth: 9 }), text)
  }
  const log = { debug: note, info: note, warn: note, error: note }
  const connector = descriptor.create({
    http: {
      request: (request) => http.request({ ...request, ...given({ timeoutMs }) }),
    },
    files,
    clock: systemClock,
    log,
  })
  const { conversation } = channel
  return {
    ...channel,
    connector,
    line: makeLine(descriptor, channel.settings),
    call: (more = {}) => ({
      out: 'out_1',
      attempt: 1,
      done: [],
      partSent: async () => undefined,
      signal: new AbortController().signal,
      ...given({ conversation }),
      ...more,
    }),
    log: () => logged.join('\n'),
    async [Symbol.asyncDispose]() {
      http.close()
      await files.close()
      await channel[Symbol.asyncDispose]()
    },
  }
}

function faultsOf(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof SettingsError, inspect(error))
    return error.fields.map(({ field }) => field).sort()
  }
  return []
}

function describeData(descriptor: ConnectorDescriptor, kit: ConnectorKit): void {
  const { fields, capabilities } = descriptor
  const secrets = fields.filter(({ secret }) => secret).map(({ key }) => key)

  it('declares fields that a form can be drawn from', () => {
    assert.equal(new Set(fields.map(({ key }) => key)).size, fields.length)
    for (const field of fields) {
      assert.ok(field.label !== '' && !(field.secret && field.default !== undefined), field.key)
      if (field.pattern !== undefined) assert.ok(new RegExp(field.pattern))
      assert.equal(field.type === 'select', field.options !== undefined, field.key)
      if (field.options && field.default) assert.ok(field.options.includes(field.default))
    }
  })

  const faultsOfNothing = (): readonly unknown[] => descriptor.checkSettings?.({}) ?? []

  it('reports each required field that is missing, and every stranger', () => {
    const required = fields.filter((field) => field.required).map(({ key }) => key)
    assert.ok(required.length > 0 || faultsOfNothing().length > 0)
    assert.deepEqual(
      faultsOf(() => readSettings(fields, { stranger: 'x' })),
      [...required, 'stranger'].sort(),
    )
  })

  it('takes settings back as it showed them, with every secret masked', async () => {
    await using bench = await kit.open(descriptor.id)
    const stored = readSettings(fields, bench.settings)
    assert.deepEqual(descriptor.checkSettings?.(stored) ?? [], [])
    for (const [key, value] of Object.entries(bench.settings)) assert.equal(stored[key], value)
    const shown = maskSettings(fields, stored)
    const kept = secrets.filter((key) => stored[key] !== undefined)
    assert.ok(kept.length > 0)
    for (const key of secrets) assert.equal(shown[key], kept.includes(key) ? MASK : null)
    for (const key of kept) assert.ok(!JSON.stringify(shown).includes(stored[key] ?? ''))
    assert.deepEqual(readSettings(fields, shown, stored), stored)
    const { [secrets[0] ?? '']: _, ...leftOut } = shown
    assert.deepEqual(readSettings(fields, leftOut, stored), stored)
  })

  it('can do what its capabilities say, and no more', async () => {
    await using bench = await open(descriptor, kit)
    const { connector } = bench
    const abilities = {
      edit: connector.update !== undefined,
      delete: connector.remove !== undefined,
      typing: connector.typing !== undefined,
      markRead: connector.markRead !== undefined,
      polling: connector.poll !== undefined,
      webhookInstall: connector.install !== undefined,
    }
    const { edit, typing, markRead, polling, webhookInstall } = capabilities
    const told = { edit, delete: capabilities.delete, typing, markRead, polling, webhookInstall }
    assert.deepEqual(abilities, told)
    assert.equal(connector.isPolling !== undefined, polling)
    assert.equal(connector.uninstall !== undefined, webhookInstall)
    assert.ok(capabilities.textLimit > 0)
    assert.deepEqual(
      connector.methods.map(({ name }) => name),
      descriptor.methods,
    )
  })
}

const ignore = (): void => undefined

/** For what is pure. */
const NOWHERE: ConnectorContext = {
  http: { request: () => Promise.reject(new Error('no network here')) },
  files: NO_FILES,
  clock: systemClock,
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
}

interface Fixture {
  readonly connector?: string
  readonly update: unknown
  readonly events: readonly unknown[]
}

/** A request whose body must not be looked into before it is believed. */
function sealed(body: string, headers: Readonly<Record<string, string>>): RawRequest {
  return {
    method: 'POST',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
    json: () => assert.fail('the body was parsed before it was believed'),
  }
}

/** The unknown update as the channel would post it to this line. */
function proofOf({ embed, unknownUpdate }: Bench, line: Line): string {
  return JSON.stringify(embed?.(unknownUpdate, line) ?? unknownUpdate)
}

function describeInbound(descriptor: ConnectorDescriptor, kit: ConnectorKit): void {
  const real = descriptor.parent ?? descriptor.id

  it('believes its channel, and nobody else', async () => {
    await using bench = await open(descriptor, kit)
    const { connector, line, unknownUpdate } = bench
    const body = proofOf(bench, line)
    const headers = await bench.prove(body, line)
    const genuine = { ...sealed(body, headers), json: () => JSON.parse(body) as unknown }
    assert.deepEqual(await connector.verify(genuine, line), { ok: true })
    const forged = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, `${value.slice(0, -8)}AAAAAAAA`]),
    )
    const another = { ...line, webhookSecret: WEBHOOK_SECRET.replaceAll('o', '0') }
    const lies = bench.embed
      ? [sealed(JSON.stringify(unknownUpdate), {}), sealed(proofOf(bench, another), {})]
      : [sealed(body, {}), sealed(body, forged)]
    for (const wrong of lies) {
      const verification = await connector.verify(wrong, line)
      assert.equal(verification.ok, false)
      assertHidden(bench, inspect(verification))
    }
  })

  for (const name of readdirSync(new URL(`${real}/`, FIXTURES)).sort()) {
    const file = new URL(`${real}/${name}`, FIXTURES)
    const fixture = parseJson(readFileSync(file, 'utf8')) as Fixture
    if ((fixture.connector ?? real) !== descriptor.id) continue
    it(`gives the golden events of ${name}`, () => {
      const { settings, receivedAt } = kit.fixtures
      const line = makeLine(descriptor, settings)
      const connector = descriptor.create(NOWHERE)
      const parsed = connector.parse(fixture.update, line, receivedAt)
      assert.deepEqual(parsed.events, fixture.events)
      assert.ok(parsed.key.length > 0 && parsed.key.length <= 512)
      assert.deepEqual(connector.parse(fixture.update, line, receivedAt), parsed)
    })
  }

  it('passes on a kind of update it does not know as unsupported', async () => {
    await using bench = await open(descriptor, kit)
    const { events } = bench.connector.parse(bench.unknownUpdate, bench.line, 1)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['unsupported'],
    )
  })
}

/** No secret may stand in what a person or the log gets to see. */
function assertHidden(bench: Bench, shown: string): void {
  const { settings } = bench
  const secrets = [...bench.planted, WEBHOOK_SECRET, settings['token'], settings['appSecret']]
  for (const secret of secrets) {
    if (secret) assert.ok(!`${shown}\n${bench.log()}`.includes(secret), shown)
  }
}

function describeOutbound(descriptor: ConnectorDescriptor, kit: ConnectorKit): void {
  const HELLO = { text: plainText('hello') }
  const WORDS = 'echo of the secrets: '

  function send(bench: Bench, more: Partial<SendContext> = {}): Promise<unknown> {
    return bench.connector.send(bench.chatId, HELLO, bench.line, bench.call(more))
  }

  async function failureOf(bench: Bench, work: Promise<unknown>): Promise<unknown> {
    const error = await work.then(
      () => assert.fail('it succeeded'),
      (reason: unknown) => reason,
    )
    assertHidden(bench, inspect(error, { depth: 9 }))
    return error
  }

  it('sends, and gives the ids of what the channel took', async () => {
    await using bench = await open(descriptor, kit)
    const { messageIds } = await bench.connector.send(bench.chatId, HELLO, bench.line, bench.call())
    assert.deepEqual([messageIds.length, bench.sent()], [1, 1])
    assertHidden(bench, '')
  })

  type Row = [status: number, disposition: string, outcome: string]
  const rows: Row[] = [
    [400, 'reject', 'not-sent'],
    [401, 'pause', 'not-sent'],
    [403, 'reject', 'not-sent'],
    [429, 'retry', 'not-sent'],
    [500, 'retry', 'unknown'],
    [502, 'retry', 'unknown'],
  ]
  for (const [status, disposition, outcome] of rows) {
    it(`a ${status} is ${disposition}, ${outcome}, and shows no secret the channel echoes`, async () => {
      await using bench = await open(descriptor, kit)
      const echoed = Object.values(bench.settings).join(' ')
      bench.fail({ status, headers: { 'retry-after': '5' }, words: WORDS + echoed })
      const error = await failureOf(bench, send(bench))
      assert.ok(error instanceof DeliveryError, inspect(error))
      const { fault } = error
      assert.deepEqual([fault.disposition, fault.outcome], [disposition, outcome])
      if (status === 429) assert.equal(fault.retryAfterMs, 5000)
      assert.notEqual(fault.channelCode, '')
    })
  }

  async function transportFailure(bench: Bench, work: Promise<unknown>): Promise<TransportError> {
    const error = await failureOf(bench, work)
    assert.ok(error instanceof TransportError, inspect(error))
    return error
  }

  it('a connection that breaks off leaves the outcome unknown', async () => {
    await using bench = await open(descriptor, kit)
    bench.fail('reset')
    assert.equal((await transportFailure(bench, send(bench))).outcome, 'unknown')
  })

  it('a channel that never answers is given up, the outcome unknown', async () => {
    await using bench = await open(descriptor, kit, TIMEOUT_MS)
    bench.fail('silence')
    assert.equal((await transportFailure(bench, send(bench))).outcome, 'unknown')
  })

  it('a call that is aborted says so, before and while it is under way', async () => {
    await using bench = await open(descriptor, kit)
    const early = await transportFailure(bench, send(bench, { signal: AbortSignal.abort() }))
    assert.deepEqual([early.reason, early.outcome, bench.sent()], ['ABORTED', 'not-sent', 0])
    bench.fail('silence')
    const controller = new AbortController()
    const sending = transportFailure(bench, send(bench, { signal: controller.signal }))
    await waitFor(() => bench.sent() === 1, 'the message at the channel')
    controller.abort()
    const late = await sending
    assert.deepEqual([late.reason, late.outcome], ['ABORTED', 'unknown'])
  })

  it('a channel that is not there was certainly not sent to', async () => {
    await using bench = await open(descriptor, kit)
    const { deadConversation } = bench
    const line = makeLine(descriptor, bench.deadSettings)
    const call = bench.call(deadConversation ? { conversation: deadConversation } : {})
    const work = bench.connector.send(bench.chatId, HELLO, line, call)
    assert.equal((await transportFailure(bench, work)).outcome, 'not-sent')
  })
}

function describeTest(descriptor: ConnectorDescriptor, kit: ConnectorKit): void {
  it('testConnect names the identity, or the field that is at fault', async () => {
    await using bench = await open(descriptor, kit)
    const { connector, line } = bench
    const good = await connector.testConnect(line, bench.call())
    assert.ok(good.ok && good.identity !== '', inspect(good))
    bench.refuse()
    const bad = await connector.testConnect(line, bench.call())
    assert.ok(!bad.ok, inspect(bad))
    assert.equal(bad.error.code, 'HUB_CHANNEL_REFUSED')
    assert.ok(descriptor.fields.some(({ key }) => key === bad.error.field))
    assertHidden(bench, inspect([good, bad]))
  })
}
