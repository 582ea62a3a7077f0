import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readSteps, runsOf, type Step } from '../../../src/communications/script/steps.ts'

function faultsOf(raw: unknown): Record<string, string> {
  const read = readSteps(raw)
  assert.ok('faults' in read, 'the steps were taken')
  return Object.fromEntries(read.faults.map(({ field, problem }) => [field, problem]))
}

function sourcesOf(raw: unknown) {
  const read = readSteps(raw)
  assert.ok('sources' in read, JSON.stringify(read))
  return read.sources
}

const nest = (depth: number): unknown =>
  depth === 0 ? { end: true } : { if: 'return 1', then: [nest(depth - 1)] }

describe('readSteps', () => {
  it('takes every kind of step', () => {
    const steps = [
      { send: { text: 'hi', buttons: [[{ text: 'a', url: 'https://a.example/' }]] } },
      { send: { files: [{ url: '{{ params.url }}', kind: '{{ params.kind }}' }] } },
      { send: { location: { latitude: '{{ params.lat }}', longitude: 1 } } },
      {
        sendTemplate: {
          name: 'n',
          language: 'ru',
          namespace: 'x',
          parameters: [{ type: 'body', value: '{{ a }}' }],
        },
      },
      {
        sendTemplate: { name: 'n', language: 'ru', components: [{ type: 'body', parameters: [] }] },
      },
      { wait: 0 },
      { wait: 2_592_000 },
      { waitReply: { timeoutSec: 60, save: 'a', onTimeout: [{ end: true }] } },
      { tag: { add: ['a'], remove: ['b'] } },
      { tag: { add: 'a' } },
      { set: { a: 1, b: null, c: '{{ x }}', d: true } },
      { if: 'return true', then: [], else: [{ end: true }] },
      {
        call: {
          url: 'https://{{ params.host }}/',
          method: 'PUT',
          headers: { A: 'b' },
          body: [1],
          timeoutMs: 10_000,
          save: 'x',
        },
        onError: [],
      },
      { code: 'bot.addTags("a")' },
      { run: 'other' },
      { run: 7 },
      { notify: { any: { thing: 1 } } },
      { end: true },
    ]
    const read = readSteps(steps)
    assert.ok('steps' in read, JSON.stringify(read))
    assert.equal(read.steps, steps)
  })

  it('names every fault with its path', () => {
    const faults = faultsOf([
      { send: { text: 7 } },
      { send: {}, wait: 1 },
      { if: ' ', then: [{ send: { txt: 'x' } }, { dance: true }], more: 1 },
      { waitReply: { timeoutSec: 0, onTimeout: [{ wait: -1 }] } },
      { call: { url: 'ftp://x/', headers: { Host: 'a' }, timeoutMs: 10_001 }, onError: {} },
      { wait: 2_592_001 },
      { wait: '5' },
      { run: 'Big Code' },
      { end: false },
      { tag: {} },
      { set: {} },
      'send',
      { if: 'x' },
      { send: { text: '  ' } },
      { send: { text: 'x', files: [{ url: 'javascript:{ alert }' }] } },
      {
        sendTemplate: {
          name: 'n',
          language: 'l',
          parameters: [
            { type: 'image', value: 'a' },
            { type: 'video', value: 'b' },
          ],
        },
      },
    ])
    assert.deepEqual(Object.keys(faults).toSorted(), [
      'steps[0].send.text',
      'steps[10].set',
      'steps[11]',
      'steps[12].then',
      'steps[13].send',
      'steps[14].send.files[0].url',
      'steps[15].sendTemplate.parameters',
      'steps[1]',
      'steps[2].if',
      'steps[2].more',
      'steps[2].then[0].send',
      'steps[2].then[0].send.txt',
      'steps[2].then[1]',
      'steps[3].waitReply.onTimeout[0].wait',
      'steps[3].waitReply.timeoutSec',
      'steps[4].call.headers.Host',
      'steps[4].call.timeoutMs',
      'steps[4].call.url',
      'steps[4].onError',
      'steps[5].wait',
      'steps[6].wait',
      'steps[7].run',
      'steps[8].end',
      'steps[9].tag',
    ])
    assert.equal(faults['steps[1]'], 'is two steps in one: send, wait')
    assert.equal(faults['steps[2].then[0].send.txt'], 'unknown field')
    assert.match(faults['steps[2].then[1]'] ?? '', /names no kind of step/)
    assert.match(faults['steps[5].wait'] ?? '', /30 days/)
  })

  it('refuses NaN and infinite waits', () => {
    for (const wait of [Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.deepEqual(Object.keys(faultsOf([{ wait }])), ['steps[0].wait'])
    }
  })

  it('refuses what is no list, and an empty one', () => {
    for (const raw of [undefined, null, {}, 'x', 7]) assert.ok('steps' in faultsOf(raw))
    assert.equal(faultsOf([])['steps'], 'must hold at least one step')
  })

  it('refuses a template where a field is read as it stands', () => {
    const faults = faultsOf([
      { wait: '{{ x }}' },
      { run: '{{ x }}' },
      { waitReply: { timeoutSec: '{{ x }}' } },
    ])
    assert.deepEqual(Object.keys(faults), [
      'steps[0].wait',
      'steps[1].run',
      'steps[2].waitReply.timeoutSec',
    ])
  })

  it('refuses __proto__ wherever it stands', () => {
    const raw = JSON.parse('[{"set":{"__proto__":{"x":1}}},{"notify":{"a":[{"__proto__":1}]}}]')
    assert.deepEqual(Object.keys(faultsOf(raw)).toSorted(), [
      'steps[0].set.__proto__',
      'steps[1].notify.a[0].__proto__',
    ])
  })

  it('takes 20 lists within each other and 500 steps, and no more', () => {
    assert.ok('steps' in readSteps([nest(19)]))
    assert.match(Object.values(faultsOf([nest(20)]))[0] ?? '', /at most 20/)
    const many = (count: number) => Array.from({ length: count }, () => ({ end: true }))
    assert.ok('steps' in readSteps(many(500)))
    assert.match(faultsOf(many(501))['steps'] ?? '', /more than 500/)
  })

  it('refuses depth without end, and more than 256 KiB, in no time', () => {
    let deep: unknown = { end: true }
    for (let at = 0; at < 200_000; at += 1) deep = { if: 'x', then: [deep] }
    let plain: unknown = 1
    for (let at = 0; at < 200_000; at += 1) plain = [plain]
    const started = performance.now()
    assert.match(faultsOf([deep])['steps'] ?? '', /too deep/)
    assert.match(faultsOf([{ notify: { plain } }])['steps'] ?? '', /too deep/)
    assert.match(faultsOf(Array(60_000).fill(1))['steps'] ?? '', /values/)
    assert.match(faultsOf([{ send: { text: 'я'.repeat(140_000) } }])['steps'] ?? '', /256 KiB/)
    assert.ok(performance.now() - started < 2000)
  })

  it('lists code and templates with their paths', () => {
    assert.deepEqual(
      sourcesOf([
        {
          if: 'return 1',
          then: [
            {
              send: { text: 'hi {{ lead.name }}', buttons: [[{ text: '{% if a %}b{% endif %}' }]] },
            },
          ],
        },
        { code: 'x()' },
        { waitReply: { timeoutSec: 1, onTimeout: [{ set: { a: '{{ b }}', c: 'plain' } }] } },
        { call: { url: 'https://{{ h }}/', onError: [{ tag: { add: ['{{ t }}'] } }] } },
      ]),
      [
        { path: 'steps[0].then[0].send.text', kind: 'template', source: 'hi {{ lead.name }}' },
        {
          path: 'steps[0].then[0].send.buttons[0][0].text',
          kind: 'template',
          source: '{% if a %}b{% endif %}',
        },
        { path: 'steps[0].if', kind: 'code', source: 'return 1' },
        { path: 'steps[1].code', kind: 'code', source: 'x()' },
        { path: 'steps[2].waitReply.onTimeout[0].set.a', kind: 'template', source: '{{ b }}' },
        { path: 'steps[3].call.onError[0].tag.add[0]', kind: 'template', source: '{{ t }}' },
        { path: 'steps[3].call.url', kind: 'template', source: 'https://{{ h }}/' },
      ],
    )
  })
})

describe('runsOf', () => {
  it('finds the scripts in every list, each once', () => {
    const run = (script: string): Step => ({ run: script })
    const found = runsOf([
      run('a'),
      { if: 'x', then: [run('b')], else: [run('c'), run('a')] },
      { waitReply: { timeoutSec: 1, onTimeout: [run('d')] } },
      { call: { url: 'https://a.example/' }, onError: [run('e')] },
      { call: { url: 'https://a.example/', onError: [run('f'), { run: 7 }] } },
    ])
    assert.deepEqual(new Set(found), new Set(['a', 'b', 'c', 'd', 'e', 'f', 7]))
    assert.equal(found.length, 7)
  })
})
