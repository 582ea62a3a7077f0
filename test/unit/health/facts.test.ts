import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChannelFinding } from '../../../src/core/health.ts'
import {
  afterCheck,
  afterRepair,
  type CheckOutcome,
  type Facts,
  mayRepair,
  withFault,
} from '../../../src/health/facts.ts'
import { toFault, worstOf } from '../../../src/health/fault.ts'
import { judge } from '../../../src/health/health.ts'
import { wordFault } from '../../../src/health/texts.ts'

const MINUTE = 60_000

function found(...findings: ChannelFinding[]): CheckOutcome {
  return { kind: 'found', faults: findings.flatMap((finding) => toFault(finding, []) ?? []) }
}

const SILENCE: CheckOutcome = { kind: 'unanswered', fault: { code: 'channel_unreachable' } }
const VITAL: ChannelFinding = { code: 'permission_missing', permission: 'x', isVital: true }

function run(...steps: readonly (readonly [CheckOutcome, number])[]): Facts {
  return steps.reduce<Facts>((facts, [outcome, at]) => afterCheck(facts, outcome, at).facts, {})
}

describe('what is known after a check', () => {
  it('definite refusals count at once', () => {
    assert.equal(run([found({ code: 'token_refused' }), 0]).channel?.code, 'token_refused')
    const taken = run([found({ code: 'webhook_overwritten', host: 'x' }), 0])
    assert.equal(taken.channel?.code, 'webhook_overwritten')
  })

  it('others when they are seen again a minute later, not sooner', () => {
    const { facts, againAt } = afterCheck({}, found(VITAL), 5)
    assert.equal(facts.channel, undefined)
    assert.equal(againAt, 5 + MINUTE)
    assert.equal(run([found(VITAL), 0], [found(VITAL), MINUTE - 1]).channel, undefined)
    assert.equal(run([found(VITAL), 0], [found(VITAL), MINUTE]).channel?.code, 'permission_missing')
  })

  it('a suspicion that is not confirmed is forgotten', () => {
    const facts = run([found(VITAL), 0], [found(), MINUTE], [found(VITAL), 2 * MINUTE])
    assert.equal(facts.channel, undefined)
    assert.deepEqual(run([found(VITAL), 0], [found(), MINUTE]), {})
  })

  it('what is certain shows while something worse is doubtful', () => {
    const facts = run([found(VITAL, { code: 'channel_limits', words: 'x' }), 0])
    assert.equal(facts.channel?.code, 'channel_limits')
    assert.equal(facts.suspicion?.code, 'permission_missing')
  })

  it('a line does not become well for a minute between two things that break it', () => {
    const facts = run([found({ code: 'token_refused' }), 0], [found(VITAL), MINUTE])
    assert.equal(facts.channel?.code, 'token_refused')
  })

  it('three checks without an answer; any answer begins anew', () => {
    assert.equal(run([SILENCE, 0], [SILENCE, 1]).channel, undefined)
    assert.equal(run([SILENCE, 0], [SILENCE, 1], [SILENCE, 2]).channel?.code, 'channel_unreachable')
    assert.equal(run([SILENCE, 0], [SILENCE, 1], [found(), 2], [SILENCE, 3]).channel, undefined)
    const broken = run(
      [found({ code: 'token_refused' }), 0],
      [SILENCE, 1],
      [SILENCE, 2],
      [SILENCE, 3],
    )
    assert.equal(broken.channel?.code, 'token_refused')
  })

  it('a missing webhook may be set anew once a day, and is broken if it is gone a minute later', () => {
    assert.ok(mayRepair({}, 0))
    const repaired = afterRepair({}, 0)
    assert.ok(!mayRepair(repaired, 23 * 60 * MINUTE))
    assert.ok(mayRepair(repaired, 24 * 60 * MINUTE))
    const missing = found({ code: 'webhook_missing' })
    assert.equal(afterCheck(repaired, missing, MINUTE - 1).facts.channel, undefined)
    assert.equal(afterCheck(repaired, missing, MINUTE).facts.channel?.code, 'webhook_missing')
    const well = afterCheck(repaired, found(), MINUTE).facts
    assert.equal(well.repairedAt, 0)
  })

  it('a check says nothing of what polling has found', () => {
    const polled = withFault({}, { code: 'polling_stopped' }, 'poll')
    assert.equal(afterCheck(polled, found(), 0).facts.poll?.code, 'polling_stopped')
  })
})

describe('faults', () => {
  it('the worst counts, whatever the order', () => {
    const codes = ['channel_limits', 'webhook_failing', 'sending_paused', 'token_refused'] as const
    const faults = codes.map((code) => ({ code }))
    assert.equal(worstOf(faults)?.code, 'token_refused')
    assert.equal(worstOf(faults.toReversed())?.code, 'token_refused')
    const mild = { code: 'permission_missing', isVital: false } as const
    assert.equal(worstOf([mild, { code: 'sending_paused' }])?.code, 'sending_paused')
  })

  it('hold no secret, no control characters, and are bounded', () => {
    const secret = '42:secret-token'
    const words = `no ${secret}\n\u001b[31m ${'x'.repeat(5000)}`
    const fault = toFault({ code: 'token_refused', words }, [secret])
    assert.doesNotMatch(fault?.words ?? '', /secret|\p{Cc}/u)
    assert.ok((fault?.words?.length ?? 999) <= 300)
  })

  it('what is no finding is none', () => {
    for (const odd of [null, undefined, 7, 'x', {}, { code: 'strange' }, { code: 'toString' }]) {
      assert.equal(toFault(odd as unknown as ChannelFinding, []), undefined)
    }
    const odd = { code: 'webhook_failing', since: Number.NaN, waiting: -1, words: 7 }
    assert.deepEqual(toFault(odd as unknown as ChannelFinding, []), { code: 'webhook_failing' })
    const far = { code: 'webhook_failing', since: 1e300 } as const
    assert.match(wordFault(toFault(far, []) ?? far, 0, 'en'), /\?/)
  })
})

describe('the judgement on a line', () => {
  const queue = { attempt: 0 }

  it('is unknown while the line is not connected or nobody has looked', () => {
    for (const status of ['saved', 'displaced', 'disconnected'] as const) {
      assert.equal(judge({ status, facts: {}, queue }).state, 'unknown')
    }
    assert.equal(judge({ status: 'connected', facts: undefined, queue }).state, 'unknown')
    assert.equal(judge({ status: 'failing', facts: {}, queue }).state, 'ok')
  })

  it('counts a portal as away from the second failed attempt on', () => {
    const at = (attempt: number) => judge({ status: 'connected', facts: {}, queue: { attempt } })
    assert.equal(at(1).state, 'ok')
    assert.equal(at(2).fault?.code, 'portal_unreachable')
  })
})
