import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import type { StoredEvent } from '../../../src/core/inbox.ts'
import type { Portal } from '../../../src/core/portal.ts'
import { writeStored } from '../../../src/core/stored-event.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { PORTAL_FORMAT } from '../../../src/portal/dialects/bitrix-rest/portal-text.ts'
import { BitrixRestSpeaker } from '../../../src/portal/dialects/bitrix-rest/speaker.ts'
import { BitrixRestPortalOfSuite } from '../../fakes/bitrix-rest/kit.ts'
import { createDialectMemory } from '../../helpers/dialect-memory.ts'

const ADDRESS = { lineId: 7, connector: 'telegram', externalLine: '12' }
const never = new AbortController().signal

async function openRig({ isInstalled = true } = {}) {
  const suite = await BitrixRestPortalOfSuite.start()
  const memory = createDialectMemory()
  if (isInstalled) await suite.install(memory, 'prt_1')
  const say = (): void => undefined
  const speaker = new BitrixRestSpeaker({
    guard: createTargetGuard(['127.0.0.0/8']),
    clock: systemClock,
    log: { debug: say, info: say, warn: say, error: say },
    timeoutMs: 400,
    publicUrl: 'https://hub.example',
    memory,
  })
  const portal: Portal = {
    ...{ id: 'prt_1', name: 'P', url: suite.url, dialect: 'bitrix-rest', language: 'en' },
    ...{ format: PORTAL_FORMAT, settings: suite.settings, secrets: [] },
  }
  const base = { id: 'pkt_1', portal, address: ADDRESS, attempt: 1 }
  return {
    suite,
    deliver: (events: readonly StoredEvent[]) => speaker.deliver({ ...base, events }, never),
    tell: (health: object) => speaker.tellHealth({ ...base, seq: 9, health }, never),
    test: () => speaker.test(portal, ADDRESS, never),
    async [Symbol.asyncDispose]() {
      await speaker.close()
      await suite[Symbol.asyncDispose]()
    },
  }
}

function message(seq: number, isDeletion = false): StoredEvent {
  const who = { at: '2026-11-20T09:07:36.000Z', user: { id: '5', name: 'Ann' }, chat: { id: '5' } }
  const event = isDeletion
    ? writeStored({ type: 'message.deleted', ...who, message: { id: `m${seq}` } })
    : writeStored({ type: 'message.new', ...who, message: { id: `m${seq}`, text: `t${seq}` } })
  return { ...event, seq, createdAt: 0 }
}

describe('what is said to a portal with our application', () => {
  it('goes out in few calls, whole runs of a kind in one', async () => {
    await using rig = await openRig()
    const events = Array.from({ length: 60 }, (_, index) => message(index + 1))
    const answer = await rig.deliver(events)
    assert.ok(answer.kind === 'answered' && answer.accepted.length === 60)
    assert.equal(rig.suite.calls().length, 2)
    assert.deepEqual(
      rig.suite.texts(),
      events.map(({ seq }) => `t${seq}`),
    )
  })

  it('is accepted up to the run that failed', async () => {
    await using rig = await openRig()
    rig.suite.answerNext({ body: { result: { SUCCESS: true } } }, { status: 500 })
    const answer = await rig.deliver([message(1), message(2), message(3, true), message(4)])
    assert.ok(answer.kind === 'answered')
    assert.deepEqual([answer.accepted, answer.rejected], [[1, 2], []])
  })

  it('says what is missing where nothing was installed', async () => {
    await using rig = await openRig({ isInstalled: false })
    const tested = await rig.test()
    assert.ok(!tested.ok && /not installed in the portal yet/.test(tested.error.message))
    const answer = await rig.deliver([message(1)])
    assert.ok(answer.kind === 'failed' && (answer.retryAfterMs ?? 0) >= 3600_000)
    assert.equal(rig.suite.calls().length, 0)
  })

  it('marks a line whose credentials are refused, and takes its own mark away alone', async () => {
    await using rig = await openRig()
    const told = async (health: object) => (await rig.tell(health)).kind === 'answered'
    assert.ok(await told({ state: 'ok' }))
    assert.ok(await told({ state: 'broken', code: 'portal_unreachable', action: 'portal' }))
    assert.deepEqual(rig.suite.calls(), [])
    assert.ok(await told({ state: 'broken', code: 'token_refused', action: 'credentials' }))
    assert.ok(await told({ state: 'unknown' }))
    assert.ok(await told({ state: 'ok' }))
    assert.ok(await told({ state: 'ok' }))
    assert.deepEqual(rig.suite.calls(), ['imconnector.set.error', 'imconnector.activate'])
  })

  it('waits as long as the portal says', async () => {
    await using rig = await openRig()
    rig.suite.answerNext({
      status: 429,
      body: {
        error: 'OPERATION_TIME_LIMIT',
        time: { operating_reset_at: Date.now() / 1000 + 120 },
      },
    })
    const answer = await rig.deliver([message(1)])
    assert.ok(answer.kind === 'failed' && (answer.retryAfterMs ?? 0) > 110_000)
  })
})
