import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BotCall } from '../../../src/communications/sandbox/sandbox.ts'
import type { CallResult } from '../../../src/communications/script/machine-types.ts'
import type { Step } from '../../../src/communications/script/steps.ts'
import { LEAD_ID, NOW, World } from './world.ts'

const call: Step = {
  call: {
    url: 'https://api.example/{{ params.id }}',
    headers: { 'X-Name': '{{ lead.name }}' },
    body: { city: '{{ params.city }}', list: [1, '{{ params.id }}'] },
    save: 'answer',
  },
}
const tell: Step = { send: { text: '{{ params.answer.price }}' } }

function runWith(results: readonly CallResult[], steps: readonly Step[] = [call, tell]): World {
  let next = 0
  return new World({
    scripts: { main: steps },
    params: { id: 5, city: 'Tver' },
    lead: { name: 'Ann' },
    call: () => results[next++] ?? { status: 500, body: '' },
  }).run()
}

const good = { status: 200, body: '{"price":7}' }

describe('call', () => {
  it('commits before it asks, names the step as its key, and saves the answer', () => {
    const world = runWith([good])
    const request = {
      url: 'https://api.example/5',
      method: 'POST',
      headers: { 'X-Name': 'Ann' },
      body: { city: 'Tver', list: [1, '5'] },
      timeoutMs: 10_000,
    }
    assert.deepEqual(world.waits, [{ kind: 'call', request, tries: 0, until: NOW }])
    assert.deepEqual(world.requests, [{ request, key: 'job_1:1' }])
    assert.deepEqual(world.effects, [{ kind: 'send', message: { text: '7' } }])
    assert.deepEqual(world.progress.params['answer'], { price: 7 })
  })

  it('is a GET without a body, and the same key goes with every try', () => {
    const world = runWith(
      [{ status: 503, body: '' }, { problem: 'no answer' }, good],
      [{ call: { url: 'https://api.example/' } }],
    )
    assert.deepEqual(
      world.requests.map(({ request, key }) => [request.method, key]),
      Array.from({ length: 3 }, () => ['GET', 'job_1:1']),
    )
    assert.deepEqual(
      world.waits.map(({ until }) => until - NOW),
      [0, 1000, 6000],
    )
    assert.deepEqual(world.end, { kind: 'end' })
  })

  it('waits as long as the other side asks for, a minute at most', () => {
    const world = runWith([
      { status: 429, body: '', retryAfterMs: 20_000 },
      { status: 429, body: '', retryAfterMs: 9_000_000 },
      good,
    ])
    assert.deepEqual(
      world.waits.map(({ until }) => until - NOW),
      [0, 20_000, 80_000],
    )
  })

  const FAILURES: readonly (readonly [string, CallResult, RegExp])[] = [
    ['no answer', { problem: 'no answer in time' }, /^steps\[0\]\.call: no answer in time$/],
    ['a refusal', { status: 404, body: '{}' }, /answered 404/],
    ['a redirect', { status: 302, body: '' }, /answered 302/],
    ['what is not JSON', { status: 200, body: '<html>' }, /not JSON/],
    ['too much', { status: 200, body: '"x', isTooLong: true }, /longer than 64 KiB/],
    ['much', { status: 200, body: `"${'x'.repeat(65_536)}"` }, /longer than 64 KiB/],
    ['what is nested deep', { status: 200, body: '['.repeat(1200) }, /not JSON/],
  ]
  for (const [name, result, problem] of FAILURES) {
    it(`fails the job after three tries that end with ${name}`, () => {
      const world = runWith([result, result, result, good])
      assert.equal(world.requests.length, 3)
      assert.ok(world.end?.kind === 'fail')
      assert.equal(world.end.code, 'HUB_SCRIPT_CALL')
      assert.match(world.end.problem, problem)
      assert.deepEqual(world.effects, [])
    })
  }

  it('goes on to onError instead, beside the call or in it, and then behind it', () => {
    const sorry: Step[] = [{ send: { text: 'sorry' } }]
    const url = 'https://api.example/'
    const after: Step = { send: { text: 'after' } }
    for (const step of [{ call: { url }, onError: sorry }, { call: { url, onError: sorry } }]) {
      const world = runWith([], [step, after])
      assert.deepEqual(
        world.effects.map((effect) => effect.kind === 'send' && effect.message.text),
        ['sorry', 'after'],
      )
    }
  })

  it('is not tried again where that would end the same', () => {
    const world = runWith([{ problem: 'a private address', isFinal: true }, good])
    assert.equal(world.requests.length, 1)
    assert.equal(world.end?.kind, 'fail')
  })

  it('is not made at all where its address or a header comes out wrong', () => {
    const wrong: Step[] = [
      { call: { url: 'ftp://{{ params.city }}/' } },
      { call: { url: '{{ params.none }}' } },
      { call: { url: 'https://a:b@{{ params.city }}/' } },
      { call: { url: 'https://a.example/', headers: { A: '{{ lead.name }}\r\nB: 1' } } },
    ]
    for (const step of wrong) {
      const world = runWith([good], [step])
      assert.deepEqual(world.requests, [])
      assert.ok(world.end?.kind === 'fail')
      assert.equal(world.end.code, 'HUB_SCRIPT_CALL')
      assert.match(world.end.problem, /^steps\[0\]\.call\.(url|headers)/)
    }
  })

  it('saves null where the answer is empty', () => {
    assert.equal(runWith([{ status: 204, body: '' }], [call]).progress.params['answer'], null)
  })

  it('fails where the params would grow without end', () => {
    const steps = Array.from(
      { length: 9 },
      (_, at): Step => ({
        call: { url: 'https://api.example/', save: `a${at}` },
      }),
    )
    const big = { status: 200, body: `"${'x'.repeat(65_000)}"` }
    const world = runWith(
      Array.from({ length: 9 }, () => big),
      steps,
    )
    assert.ok(world.end?.kind === 'fail')
    assert.match(world.end.problem, /params would be longer than 512 KiB/)
  })
})

describe('code', () => {
  const runCode = (calls: readonly BotCall[]) =>
    new World({ scripts: { main: [{ code: 'c' }] }, code: { c: calls } }).run()

  it('becomes effects in the order of its calls', () => {
    const world = runCode([
      { name: 'addTags', args: [['a', 'b']] },
      { name: 'removeTags', args: ['a', 'c'] },
      { name: 'setAttributes', args: [{ x: 1, y: null }] },
      { name: 'send', args: [{ text: 'hi' }] },
      { name: 'runScriptForLead', args: [12, 7, { p: 1 }] },
      { name: 'runTriggerByNameForPerson', args: ['welcome', 'ann'] },
      { name: 'scheduleJob', args: [{ script: 'later', runAfterSec: 5 }] },
      { name: 'scheduleJob', args: [{ broadcast: 3 }] },
    ])
    assert.deepEqual(world.effects, [
      { kind: 'change', addTags: ['a', 'b'] },
      { kind: 'change', removeTags: ['a', 'c'] },
      { kind: 'change', attributes: { x: 1, y: null } },
      { kind: 'send', message: { text: 'hi' } },
      {
        kind: 'bot',
        call: { kind: 'run', what: 'script', ref: 12, params: { p: 1 }, lead: 7 },
        behind: 4,
      },
      {
        kind: 'bot',
        call: { kind: 'run', what: 'trigger', ref: 'welcome', params: {}, person: 'ann' },
        behind: 5,
      },
      {
        kind: 'bot',
        call: { kind: 'scheduleJob', job: { script: 'later', runAfterSec: 5, lead: LEAD_ID } },
        behind: 6,
      },
      { kind: 'bot', call: { kind: 'scheduleJob', job: { broadcast: 3 } }, behind: 7 },
    ])
  })

  const WRONG: readonly (readonly [BotCall, RegExp])[] = [
    [{ name: 'addTags', args: [[7]] }, /bot\.addTags\[0\]/],
    [{ name: 'setAttributes', args: ['x'] }, /bot\.setAttributes: /],
    [{ name: 'send', args: [{}] }, /bot\.send: is empty/],
    [{ name: 'send', args: [] }, /bot\.send: /],
    [{ name: 'runScriptForLead', args: ['code', 7] }, /bot\.runScriptForLead\[0\]/],
    [{ name: 'runScriptByNameForLead', args: ['code', '7'] }, /bot\.runScriptByNameForLead\[1\]/],
    [{ name: 'runScriptForLead', args: [1, 7, 'x'] }, /bot\.runScriptForLead\[2\]/],
    [{ name: 'scheduleJob', args: [{}] }, /exactly one of script, trigger and broadcast/],
    [
      { name: 'scheduleJob', args: [{ script: 'a', periodSec: 5 }] },
      /periodSec: must be at least 60/,
    ],
    [
      { name: 'scheduleJob', args: [{ broadcast: 'a', lead: 5 }] },
      /finds its recipients by itself/,
    ],
    [{ name: 'constructor', args: [] }, /bot has no constructor/],
  ]
  for (const [wrong, problem] of WRONG) {
    it(`fails the job at ${JSON.stringify(wrong)}`, () => {
      const world = runCode([{ name: 'send', args: [{ text: 'hi' }] }, wrong])
      assert.ok(world.end?.kind === 'fail')
      assert.equal(world.end.code, 'HUB_SCRIPT_CONTENT')
      assert.match(world.end.problem, problem)
      assert.deepEqual(world.effects, [])
    })
  }

  it('does all of its calls or none', () => {
    const world = runCode([
      { name: 'send', args: [{ text: 'hi' }] },
      { name: 'addTags', args: ['a'] },
      { name: 'addTags', args: ['x'.repeat(65)] },
    ])
    assert.equal(world.end?.kind, 'fail')
    assert.deepEqual(world.effects, [])
  })

  it('fails where it calls without end', () => {
    const calls = Array.from({ length: 201 }, () => ({ name: 'send', args: [{ text: 'x' }] }))
    assert.equal(runCode(calls).end?.kind, 'fail')
  })
})
