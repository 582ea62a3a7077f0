import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { describe, it } from 'node:test'
import type { LineMemory, PortalMemory } from '../../../../src/core/dialect-memory.ts'
import type { StoredEvent } from '../../../../src/core/inbox.ts'
import type { PacketAnswer } from '../../../../src/core/packet.ts'
import type { Portal } from '../../../../src/core/portal.ts'
import { type RenderedEvent, writeStored } from '../../../../src/core/stored-event.ts'
import { createTargetGuard } from '../../../../src/outgoing/guard.ts'
import { ChatBook } from '../../../../src/portal/dialects/bitrix/chat-book.ts'
import type { Era } from '../../../../src/portal/dialects/bitrix/era.ts'
import { BitrixSpeaker, handlerOf } from '../../../../src/portal/dialects/bitrix/speaker.ts'
import { deepMemberOf, textOf } from '../../../../src/portal/dialects/bitrix/wire/php-value.ts'
import { credentialsOf } from '../../../fakes/bitrix/credentials.ts'
import { FakeBitrix } from '../../../fakes/bitrix/portal.ts'
import { createJumpClock } from '../../../helpers/jump-clock.ts'

const at = '2026-11-20T09:07:36.000Z'
const chat = { id: '55', kind: 'private' } as const
const user = { id: '55', name: 'Ann' }
const never = new AbortController().signal

function message(text: string, more: object = {}): RenderedEvent {
  return { type: 'message.new', at, user, chat, message: { id: text.slice(0, 20), text, ...more } }
}

function failed(out: string): RenderedEvent {
  const base = { type: 'message.status', at, chat, messageIds: [], status: 'failed' } as const
  return { ...base, key: `bx.1807.${out}`, error: { code: '403', message: 'blocked' } }
}

function stored(events: readonly RenderedEvent[]): StoredEvent[] {
  return events.map((event, index) => ({ ...writeStored(event), seq: index + 1, createdAt: 0 }))
}

const CLOSED: PacketAnswer = { kind: 'answered', status: 200, accepted: [1, 2, 3], rejected: [] }

/** For an ordinary post. */
const TIMEOUT_MS = 400

describe('a batch for a Bitrix24 portal', () => {
  it('goes in runs of the same command, in order, of fifty at most', async () => {
    await using rig = await openRig()
    const texts = Array.from({ length: 120 }, (_, index) => `t${index}`)
    const events = [...texts.slice(0, 60), 'status', ...texts.slice(60)].map((text) =>
      text === 'status' ? failed('1') : message(text),
    )
    const answer = await rig.deliver(events)
    assert.ok(answer.kind === 'answered' && answer.accepted.length === 121)
    assert.deepEqual(
      rig.portal.posts.map(({ command, items }) => [command, items.length]),
      [
        ['receivingMessage', 50],
        ['receivingMessage', 10],
        ['receivingError', 1],
        ['receivingMessage', 50],
        ['receivingMessage', 10],
      ],
    )
    assert.deepEqual(rig.portal.texts(), texts)
  })

  it('goes in posts of 256 KiB at most, a larger item alone', async () => {
    await using rig = await openRig()
    const long = 'x'.repeat(100 * 1024)
    const events = [
      message(long),
      message(long),
      message(long),
      message(long.repeat(4)),
      message('a'),
    ]
    await rig.deliver(events)
    assert.deepEqual(
      rig.portal.posts.map(({ items }) => items.length),
      [2, 1, 1, 1],
    )
  })

  it('goes in posts of ten files at most, for the portal loads them one after another', async () => {
    await using rig = await openRig()
    const file = { url: 'http://127.0.0.1:9/f', kind: 'image' }
    const events = [
      message('a', { files: [file, file] }),
      message('b'),
      message('c', { files: Array.from({ length: 9 }, () => file) }),
      message('d'),
      message('e', { files: Array.from({ length: 12 }, () => file) }),
    ]
    await rig.deliver(events)
    assert.deepEqual(
      rig.portal.posts.map(({ items }) => items.length),
      [2, 2, 1],
    )
  })

  it('stops at the first post that fails, and names only what came before it', async () => {
    await using rig = await openRig()
    rig.portal.script.push({ body: { OK: true } }, { status: 502, body: '<html>' })
    const answer = await rig.deliver([message('a'), failed('1'), message('b')])
    assert.deepEqual(answer, { kind: 'answered', accepted: [1], rejected: [] })
    assert.equal(rig.portal.posts.length, 2)
  })

  it('counts nothing as taken after a time-out', async () => {
    await using rig = await openRig()
    rig.portal.script.push({ fault: 'silence' })
    const answer = await rig.deliver([message('a')])
    assert.equal(answer.kind, 'failed')
  })

  it('gives a portal time to load files', async () => {
    await using rig = await openRig()
    const files = createServer((_, response) => {
      // Beyond the time for an ordinary post.
      rig.clock.jump(2 * TIMEOUT_MS)
      response.end('bytes')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => files.once('listening', resolve))
    const { port } = files.address() as { port: number }
    const file = { url: `http://127.0.0.1:${port}/slow`, kind: 'image' }
    const answer = await rig.deliver([message('a', { files: [file] })])
    files.close()
    assert.ok(answer.kind === 'answered' && answer.accepted.length === 1)
    assert.deepEqual(rig.portal.shown[0]?.files, [file.url])
  })

  it('names what the portal has no room for, and goes on', async () => {
    await using rig = await openRig({ line: 'l'.repeat(64) })
    const long = { id: 'y'.repeat(95), kind: 'private' } as const
    const odd = { ...message('x'), chat: long, user: { id: 'z'.repeat(95) } } as RenderedEvent
    const answer = await rig.deliver([message('a'), odd, message('b')])
    assert.ok(answer.kind === 'answered')
    assert.deepEqual(answer.accepted, [1, 3])
    assert.deepEqual(
      answer.rejected.map(({ seq }) => seq),
      [2],
    )
  })

  it('keeps a long id of a chat, so that an answer finds it', async () => {
    await using rig = await openRig()
    const id = `a:${'1'.repeat(160)}`
    await rig.deliver([{ ...message('x'), chat: { id } } as RenderedEvent])
    const [shown] = rig.portal.shown
    assert.match(shown?.chatId ?? '', /^~h/)
    const book = new ChatBook(rig.lines)
    assert.equal(await book.find(3, shown?.chatId ?? ''), id)
    assert.equal(await book.find(3, 'a~1b'), 'a|b')
    assert.equal(await book.find(3, `~h${'x'.repeat(22)}`), undefined)
  })

  it('fails in words for a channel that the portal has no connector for', async () => {
    await using rig = await openRig({ connector: 'whatsapp' })
    const answer = await rig.deliver([message('a')])
    assert.match(answer.kind === 'failed' ? answer.error : '', /no connector for whatsapp/)
    assert.equal(rig.portal.posts.length, 0)
  })
})

describe('the makes of Bitrix24 portals', () => {
  it('an old one has taken what it refuses the signature of, a new one has not', async () => {
    for (const era of ['2019', '2026'] as const) {
      await using rig = await openRig({ era, key: 'ANOTHER' })
      const answer = await rig.deliver([message('a'), message('b'), message('c')])
      if (era === '2026') assert.match(JSON.stringify(answer), /"failed".*LICENCE_ERROR/)
      else assert.deepEqual(answer, CLOSED)
      assert.equal(rig.portal.shown.length, era === '2019' ? 3 : 0)
      assert.equal(rig.log().includes('bitrix.signature-refused'), era === '2019')
    }
  })

  it('is the one that the door has seen, or the one that was entered', async () => {
    await using rig = await openRig({ era: '2019', version: 'auto' })
    await rig.deliver([failed('1')])
    assert.equal(rig.portal.posts[0]?.command, 'receivingError')
    rig.memory.set('version', '18.7.150')
    await rig.deliver([failed('2')])
    assert.equal(rig.portal.posts.length, 1, 'what it has just read holds for a minute')
    rig.clock.jump(61_000)
    await rig.deliver([failed('3')])
    assert.equal(rig.portal.posts[1]?.command, 'receivingMessage')
  })

  it('an unknown command is sent once a day, and holds nothing up', async () => {
    await using rig = await openRig({ era: '2019', version: '2026' })
    const answer = await rig.deliver([failed('1'), message('a'), failed('2')])
    assert.deepEqual(answer, CLOSED)
    const commands = () => rig.portal.posts.map(({ command }) => command)
    assert.deepEqual(commands(), ['receivingError', 'receivingMessage'])
    rig.clock.jump(25 * 3_600_000)
    await rig.deliver([failed('3')])
    assert.deepEqual(commands().at(-1), 'receivingError')
  })

  it('never drops messages for that', async () => {
    await using rig = await openRig()
    const ERROR = [{ CODE: 'IMCONNECTOR_NOT_SPECIFIED_CORRECT_COMMAND' }]
    rig.portal.script.push({ body: { OK: false, DATA: [], ERROR } })
    assert.equal((await rig.deliver([message('a')])).kind, 'failed')
    assert.ok((await rig.deliver([message('a')])).kind === 'answered')
  })

  it('an old one acknowledges within our own post', async () => {
    await using rig = await openRig({ era: '2019' })
    const calls: string[] = []
    const hub = createServer((request, response) => {
      request.on('data', (bytes: Buffer) => calls.push(bytes.toString()))
      request.on('end', () => response.end())
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => hub.once('listening', resolve))
    rig.portal.hubUrl = `http://127.0.0.1:${(hub.address() as { port: number }).port}`
    assert.deepEqual(await rig.deliver([message('a'), message('b'), message('c')]), CLOSED)
    hub.close()
    assert.match(calls.join(), /BX_COMMAND=setStatusDelivered/)
  })
})

describe('what a Bitrix24 portal says of a line', () => {
  it('parks a line that is not active there', async () => {
    await using rig = await openRig()
    rig.portal.inactive.add('telegrambot|7')
    const answer = await rig.deliver([message('a')])
    assert.ok(answer.kind === 'failed' && (answer.retryAfterMs ?? 0) >= 3_600_000)
    assert.match(answer.error, /^NOT_ACTIVE_LINE: the open line is not connected/)
  })

  it('gets the mark for a line that was displaced, or whose token is refused', async () => {
    await using rig = await openRig()
    const base = { id: 'pkt_1', address: rig.address, portal: rig.target, attempt: 1, seq: 9 }
    const goodbye = { ...base, reason: 'displaced', message: 'x' }
    const taken = { kind: 'answered', accepted: [9], rejected: [] }
    assert.deepEqual(await rig.speaker.sayGoodbye(goodbye, never), taken)
    for (const health of [
      { state: 'ok' },
      { state: 'broken', code: 'portal_unreachable' },
      { state: 'degraded', code: 'token_refused' },
      { state: 'broken', code: 'token_refused' },
    ]) {
      assert.deepEqual(await rig.speaker.tellHealth({ ...base, health }, never), taken)
    }
    assert.deepEqual(
      rig.portal.posts.map(({ command, connector, line, items }) => [
        command,
        connector,
        line,
        items,
      ]),
      [
        ['deactivateConnector', 'telegrambot', '7', []],
        ['deactivateConnector', 'telegrambot', '7', []],
      ],
    )
  })

  it('tells in a test what an administrator has to look at', async () => {
    await using rig = await openRig()
    const words = async () => {
      const tested = await rig.speaker.test(rig.target, rig.address, never)
      return tested.ok ? 'ok' : tested.error.message
    }
    assert.equal(await words(), 'ok')
    rig.portal.script.push({ body: '<html>Authorization</html>' })
    assert.match(await words(), /a wrong address, a page to log in at/)
    rig.portal.script.push({ redirect: 'https://www.portal.example/' })
    assert.match(await words(), /redirects are not followed/)
    rig.portal.script.push({ body: { OK: false, ERROR: { CODE: 'MODULE_NOT_INSTALLED' } } })
    assert.match(await words(), /must be installed/)
    rig.portal.connectors = new Set(['viber'])
    assert.match(await words(), /"telegrambot" is not in the portal’s list of connectors/)
    rig.portal.connectors = undefined
    rig.portal.credentials = credentialsOf('ANOTHER')
    assert.match(await words(), /"keyHash" md5 of its licence key/)
  })

  it('an old one’s refusal of the signature is a failed test all the same', async () => {
    await using rig = await openRig({ era: '2019', key: 'ANOTHER' })
    assert.equal((await rig.speaker.test(rig.target, rig.address, never)).ok, false)
  })
})

it('finds the module’s address under the portal’s, whatever that ends with', () => {
  const handler = 'https://portal.example/pub/imconnector/'
  for (const end of [
    '',
    '/',
    '/pub/imconnector',
    '/pub/imconnector/',
    '/pub/imconnector/index.php',
    '?a=1',
  ]) {
    assert.equal(handlerOf(`https://portal.example${end}`), handler, end)
  }
  assert.equal(handlerOf('http://h:8080/b24//'), 'http://h:8080/b24/pub/imconnector/')
})

it('posts nothing with an empty value in it', async () => {
  await using rig = await openRig()
  await rig.deliver([message('a')])
  const [post] = rig.portal.posts
  assert.equal(textOf(deepMemberOf(post?.items[0], 'message', 'text')), 'a')
})

interface RigOptions {
  readonly era?: Era
  /** What the hub believes: the portal's own make if absent. */
  readonly version?: string
  /** The portal's key, if another than the hub's. */
  readonly key?: string
  readonly connector?: string
  readonly line?: string
}

async function openRig({
  era = '2026',
  version = era,
  key,
  connector = 'telegram',
  line = '7',
}: RigOptions = {}) {
  const portal = await FakeBitrix.start({ era })
  const { settings } = portal
  if (key !== undefined) portal.credentials = credentialsOf(key)
  const memory = new Map<string, string>()
  const kept = new Map<string, string>()
  const portals: PortalMemory = {
    read: (_, name) => {
      const value = memory.get(name)
      return Promise.resolve(value === undefined ? undefined : { value, version: 1 })
    },
    write: (_, changes) => {
      for (const { name, value = '' } of changes) memory.set(name, value)
      return Promise.resolve(true)
    },
  }
  const lines: LineMemory = {
    read: (_, names) =>
      Promise.resolve(new Map([...kept].filter(([name]) => names.includes(name)))),
    write: (_, entries) => {
      for (const { name, value } of entries) kept.set(name, value)
      return Promise.resolve()
    },
  }
  const clock = createJumpClock()
  const logged: object[] = []
  const log = (fields: object): void => void logged.push(fields)
  const speaker = new BitrixSpeaker({
    guard: createTargetGuard(['127.0.0.0/8']),
    clock,
    log: { debug: log, info: log, warn: log, error: log },
    timeoutMs: TIMEOUT_MS,
    publicUrl: 'https://hub.example',
    memory: { portals, lines },
  })
  const target: Portal = {
    id: 'prt_1',
    name: 'Shop',
    url: portal.url,
    dialect: 'bitrix',
    format: { text: 'bitrix', emoji: 'unicode' },
    language: 'en',
    secrets: [],
    settings: { ...settings, version },
  }
  const address = { lineId: 3, connector, externalLine: line }
  return {
    portal,
    speaker,
    target,
    address,
    clock,
    memory,
    lines,
    log: () => JSON.stringify(logged),
    deliver: (events: readonly RenderedEvent[]) =>
      speaker.deliver(
        { id: 'pkt_1', address, portal: target, attempt: 1, events: stored(events) },
        never,
      ),
    async [Symbol.asyncDispose]() {
      await speaker.close()
      await portal[Symbol.asyncDispose]()
    },
  }
}
