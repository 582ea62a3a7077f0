import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import type { DialectDescriptor, Speaker } from '../../src/core/dialect.ts'
import type { StoredEvent } from '../../src/core/inbox.ts'
import type { PacketAnswer } from '../../src/core/packet.ts'
import type { Portal } from '../../src/core/portal.ts'
import { type PortalEvent, writeStored } from '../../src/core/stored-event.ts'
import { makePortalSecret } from '../../src/lines/portal-secrets.ts'
import { createTargetGuard } from '../../src/outgoing/guard.ts'
import type { Answer } from '../fakes/portal-answer.ts'
import { createDialectMemory } from '../helpers/dialect-memory.ts'
import { waitFor } from '../helpers/wait-for.ts'
import type { DialectKit, DialectPortal } from './dialect-kit.ts'
import { EVERY_EVENT } from './every-event.ts'

const ADDRESS = { lineId: 7, connector: 'telegram', externalLine: '12' }
/** A portal's time to answer: short where it never does, else enough for a machine that is busy. */
const TIMEOUT_MS = { ofSilence: 400, ofOthers: 10_000 }

/** What means success in no dialect. */
const BROKEN: Readonly<Record<string, Answer>> = {
  'a 500': { status: 500, body: 'error' },
  'a 404': { status: 404 },
  'a redirect': { redirect: 'http://127.0.0.1:9/elsewhere' },
  'a connection that is torn down': { fault: 'reset' },
  'half an answer': { fault: 'half', body: '{"accepted":[]}' },
  'bytes that are no HTTP': { fault: 'garbage' },
  silence: { fault: 'silence' },
}

/** What every dialect's speaker and fields must keep to. What its door must is in dialect-door-suite.ts. */
export function dialectContract(dialect: DialectDescriptor, kit: DialectKit): void {
  describe(`dialect ${dialect.id}: its data`, () => {
    it('has an id that fits into an address and a log line, and a title', () => {
      assert.match(dialect.id, /^[a-z][a-z0-9-]{1,31}$/)
      assert.notEqual(dialect.title.trim(), '')
    })

    it('names only fields that can be entered, each once', () => {
      const keys = dialect.fields.map(({ key }) => key)
      assert.equal(new Set(keys).size, keys.length)
      for (const { key, label, secret, isIdentifier } of dialect.fields) {
        assert.match(key, /^[a-z][A-Za-z0-9]{0,63}$/)
        assert.notEqual(label.trim(), '')
        assert.ok(!(secret && isIdentifier), `${key} is kept in plain text to be found by`)
      }
    })
  })

  describe(`dialect ${dialect.id}: its speaker`, () => {
    it('carries every type of event, or names it as not carried with the reason', async () => {
      await using rig = await openRig(dialect, kit)
      const events = stored(EVERY_EVENT.map((event) => withKey(event, kit.statusKey)))
      const answer = await rig.deliver(events)
      assert.deepEqual(
        acceptedBy(answer),
        events.map(({ seq }) => seq),
      )
      const notCarried = Object.entries(dialect.notCarried)
      for (const [type, reason] of notCarried) assert.notEqual(reason, '', type)
      const missing = new Set(notCarried.map(([type]) => type))
      const wanted = EVERY_EVENT.map(({ type }) => type).filter((type) => !missing.has(type))
      assert.deepEqual(rig.portal.types(), wanted)
    })

    it('keeps the order of events and sends each once', async () => {
      await using rig = await openRig(dialect, kit)
      const texts = ['one', 'two', 'three', 'four']
      await rig.deliver(stored(texts.map(message)))
      assert.deepEqual(rig.portal.texts(), texts)
    })

    for (const [name, broken] of Object.entries({ ...BROKEN, ...kit.brokenAnswers })) {
      it(`takes ${name} for no success, and does not repeat by itself`, async () => {
        await using rig = await openRig(dialect, kit, { answer: broken })
        rig.portal.answerNext(broken)
        const answer = await rig.deliver(stored([message('once')]))
        assert.deepEqual(acceptedBy(answer), [])
        assert.deepEqual(rig.portal.texts(), ['once'])
        assert.doesNotMatch(JSON.stringify(answer), secretsOf(rig.portal))
      })

      it(`takes ${name} to a goodbye for no success`, async () => {
        await using rig = await openRig(dialect, kit, { answer: broken })
        rig.portal.answerNext(broken)
        assert.deepEqual(acceptedBy(await rig.sayGoodbye()), [])
      })
    }

    it('accepts no event behind one that was not taken', async () => {
      await using rig = await openRig(dialect, kit)
      const events = stored(['one', 'two', 'three'].map(message))
      rig.portal.answerNext({ status: 500 })
      assert.deepEqual(acceptedBy(await rig.deliver(events)), [])
      // What was not accepted is handed over again by the inbox; nothing of it was kept back here.
      assert.deepEqual(
        acceptedBy(await rig.deliver(events)),
        events.map(({ seq }) => seq),
      )
    })

    it('says goodbye with the reason', async () => {
      await using rig = await openRig(dialect, kit)
      assert.deepEqual(acceptedBy(await rig.sayGoodbye()), [99])
      assert.deepEqual(rig.portal.goodbyes(), ['displaced'])
    })

    it('tells how a line is, or has nothing that does', async () => {
      await using rig = await openRig(dialect, kit)
      const since = '2026-11-20T09:07:36.000Z'
      const health = { state: 'broken', code: 'token_refused', since }
      const notice = { ...rig.notice(), health }
      const never = new AbortController().signal
      const { tellHealth } = rig.speaker
      assert.equal(rig.portal.healths !== undefined, tellHealth !== undefined)
      if (!tellHealth) return
      assert.deepEqual(acceptedBy(await tellHealth.call(rig.speaker, notice, never)), [notice.seq])
      assert.deepEqual(rig.portal.healths?.(), ['broken'])
      for (const broken of Object.values({ ...BROKEN, ...kit.brokenAnswers })) {
        await using other = await openRig(dialect, kit, { answer: broken })
        other.portal.answerNext(broken)
        const told = await other.speaker.tellHealth?.({ ...other.notice(), health }, never)
        assert.deepEqual(told && acceptedBy(told), [])
      }
    })

    it('breaks off when it is told to', async () => {
      await using rig = await openRig(dialect, kit)
      rig.portal.answerNext({ fault: 'silence' })
      const stop = new AbortController()
      const delivered = rig.deliver(stored([message('cut')]), stop.signal)
      await rig.arrived()
      stop.abort()
      assert.deepEqual(await delivered, { kind: 'aborted' })
      assert.deepEqual(await rig.deliver(stored([message('cut')]), stop.signal), {
        kind: 'aborted',
      })
    })

    it('tells that a portal is well, and how soon it answered', async () => {
      await using rig = await openRig(dialect, kit)
      const tested = await rig.test()
      assert.ok(tested.ok && tested.latencyMs >= 0)
      assert.deepEqual(rig.portal.types(), [])
    })

    it('tells that a portal does not know the credentials', async () => {
      await using rig = await openRig(dialect, kit, { isWrong: true })
      const tested = await rig.test()
      assert.ok(!tested.ok && tested.error.code === 'HUB_PORTAL_UNREACHABLE')
      assert.equal(rig.portal.refused(), 1)
      assert.deepEqual(acceptedBy(await rig.deliver(stored([message('no')]))), [])
    })

    it('tells that nobody answers, without a secret in the words', async () => {
      const rig = await openRig(dialect, kit)
      await rig.portal[Symbol.asyncDispose]()
      const tested = await rig.test()
      assert.ok(!tested.ok && tested.error.message !== '')
      assert.doesNotMatch(JSON.stringify(tested), secretsOf(rig.portal))
      const answer = await rig.deliver(stored([message('nobody')]))
      assert.equal(answer.kind, 'failed')
      await rig.speaker.close()
    })

    it('does not reach into a private network that is not allowed', async () => {
      await using rig = await openRig(dialect, kit, { allowed: [] })
      const answer = await rig.deliver(stored([message('private')]))
      assert.equal(answer.kind, 'failed')
      assert.deepEqual(rig.portal.texts(), [])
      assert.equal((await rig.test()).ok, false)
    })
  })
}

/** Of a message that the portal itself has sent. */
function withKey(event: PortalEvent, key: string | undefined): PortalEvent {
  return event.type === 'message.status' && key !== undefined ? { ...event, key } : event
}

function message(text: string): PortalEvent {
  return {
    type: 'message.new',
    at: '2026-11-20T09:07:36.000Z',
    user: { id: '55', name: 'Ann' },
    chat: { id: '55', kind: 'private' },
    message: { id: text, text },
  }
}

function stored(events: readonly PortalEvent[]): StoredEvent[] {
  return events.map((event, index) => ({ ...writeStored(event), seq: index + 1, createdAt: 0 }))
}

function acceptedBy(answer: PacketAnswer): readonly number[] {
  return answer.kind === 'answered' ? answer.accepted : []
}

function secretsOf(portal: DialectPortal): RegExp {
  const quoted = portal.secrets().map((secret) => secret.replace(/[^\w]/g, '\\$&'))
  return new RegExp(quoted.join('|'))
}

interface RigOptions {
  /** The hub has other secrets than the portal. */
  readonly isWrong?: true
  readonly allowed?: readonly string[]
  /** What the portal is going to answer. */
  readonly answer?: Answer
}

/** A speaker and a portal of its make. */
async function openRig(
  dialect: DialectDescriptor,
  kit: DialectKit,
  { isWrong, allowed = ['127.0.0.0/8'], answer = {} }: RigOptions = {},
) {
  const portal = await kit.startPortal()
  const secret = makePortalSecret()
  const id = 'prt_suite'
  portal.registered({ id, secret })
  const say = (): void => undefined
  const memory = createDialectMemory()
  await portal.install?.(memory, id, isWrong)
  const speaker: Speaker = dialect.createSpeaker({
    guard: createTargetGuard(allowed),
    clock: systemClock,
    log: { debug: say, info: say, warn: say, error: say },
    timeoutMs:
      'fault' in answer && answer.fault === 'silence' ? TIMEOUT_MS.ofSilence : TIMEOUT_MS.ofOthers,
    publicUrl: 'https://hub.example',
    memory,
  })
  const wrong = Object.fromEntries(
    dialect.fields.filter((field) => field.secret).map(({ key }) => [key, 'another-secret']),
  )
  const target: Portal = {
    id,
    name: 'Suite',
    url: portal.url,
    dialect: dialect.id,
    format: { text: 'bbcode', emoji: 'shortname' },
    language: 'en',
    secrets: [isWrong ? makePortalSecret() : secret],
    settings: { ...portal.settings, ...(isWrong ? wrong : {}) },
  }
  const never = new AbortController().signal
  const address = ADDRESS
  return {
    portal,
    speaker,
    deliver: (events: readonly StoredEvent[], signal = never) =>
      speaker.deliver({ id: 'pkt_1', address, portal: target, attempt: 1, events }, signal),
    sayGoodbye: () => {
      const why = { reason: 'displaced', message: 'another line was connected' }
      const goodbye = { id: 'pkt_2', address, portal: target, attempt: 1, seq: 99, ...why }
      return speaker.sayGoodbye(goodbye, never)
    },
    notice: () => ({ id: 'pkt_3', address, portal: target, attempt: 1, seq: 98 }),
    test: () => speaker.test(target, address, never),
    arrived: () => waitFor(() => portal.types().length > 0, 'an item at the portal'),
    async [Symbol.asyncDispose]() {
      await speaker.close()
      await portal[Symbol.asyncDispose]()
    },
  }
}
