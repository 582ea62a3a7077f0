import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Effect } from '../../../src/communications/script/machine-types.ts'
import type { Step } from '../../../src/communications/script/steps.ts'
import { NOW, World, type WorldOptions } from './world.ts'

const run = (steps: readonly Step[], options: Omit<WorldOptions, 'scripts'> = {}) =>
  new World({ scripts: { main: steps }, ...options }).run()

const say = (text: string): Step => ({ send: { text } })
const sent = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message.text] : []))

function failsWith(world: World, code: string, problem: RegExp): void {
  assert.ok(world.end?.kind === 'fail', 'the job has not failed')
  assert.equal(world.end.code, code)
  assert.match(world.end.problem, problem)
}

describe('send', () => {
  it('sends a message as it stands without asking the sandbox', () => {
    const world = run([say('[b]hello[/b]')])
    assert.deepEqual(world.effects, [{ kind: 'send', message: { text: '[b]hello[/b]' } }])
    assert.deepEqual(world.tasks, [])
    assert.deepEqual(world.end, { kind: 'end' })
    assert.equal(world.progress.count, 1)
  })

  it('fills in every string of a message, and escapes the text alone', () => {
    const world = run(
      [
        {
          send: {
            text: '[b]{{ lead.name }}[/b]',
            buttons: [[{ text: 'Go', payload: '{{ lead.name }}' }]],
            files: [{ url: 'https://files.example/{{ params.file }}' }],
          },
        },
      ],
      {
        lead: { name: 'A[1]' },
        params: { file: 'a.pdf' },
        textFormat: { text: 'bbcode', emoji: 'unicode' },
      },
    )
    assert.deepEqual(world.effects, [
      {
        kind: 'send',
        message: {
          text: '[b]A&#91;1][/b]',
          buttons: [[{ text: 'Go', payload: 'A[1]' }]],
          files: [{ url: 'https://files.example/a.pdf' }],
        },
      },
    ])
    assert.equal(world.tasks.length, 1)
  })

  it('takes the numbers of a place out of templates', () => {
    const world = run([{ send: { location: { latitude: '{{ params.lat }}', longitude: 37.6 } } }], {
      params: { lat: 55.75 },
    })
    assert.deepEqual(world.effects, [
      { kind: 'send', message: { location: { latitude: 55.75, longitude: 37.6 } } },
    ])
  })

  it('fails where the message comes out empty, where it is wrong and where a template fails', () => {
    failsWith(run([say('{{ params.none }}')]), 'HUB_SCRIPT_CONTENT', /^steps\[0\]\.send: is empty/)
    failsWith(
      run([{ send: { files: [{ url: '{{ params.url }}' }] } }], { params: { url: 'file:///etc' } }),
      'HUB_SCRIPT_CONTENT',
      /^steps\[0\]\.send\.files\[0\]\.url: must be an http/,
    )
    failsWith(run([say('{{ fail }}')]), 'HUB_SCRIPT_CODE', /^steps\[0\]: undefined filter/)
  })

  it('keeps what was done before a failure', () => {
    const world = run([say('one'), say('{{ fail }}'), say('three')])
    assert.deepEqual(sent(world.effects), ['one'])
    assert.equal(world.progress.count, 2)
  })
})

describe('sendTemplate', () => {
  it('fills in its strings', () => {
    const template = {
      name: 'order',
      language: '{{ lead.language }}',
      namespace: 'ns',
      parameters: [{ type: 'body', value: '{{ params.number }}' }],
    }
    const world = run([{ sendTemplate: template }], {
      lead: { language: 'ru' },
      params: { number: 7 },
    })
    assert.deepEqual(world.effects, [
      {
        kind: 'sendTemplate',
        template: { ...template, language: 'ru', parameters: [{ type: 'body', value: '7' }] },
      },
    ])
  })

  it('fails with an empty value', () => {
    const template = {
      name: 'order',
      language: 'ru',
      parameters: [{ type: 'body', value: '{{ params.x }}' }],
    }
    failsWith(
      run([{ sendTemplate: template }]),
      'HUB_SCRIPT_CONTENT',
      /^steps\[0\]\.sendTemplate\.parameters\[0\]\.value/,
    )
  })
})

describe('wait and waitReply', () => {
  it('commits what came before a wait, and goes on when its time has come', () => {
    const world = run([say('one'), { wait: 90 }, say('two')])
    assert.deepEqual(world.waits, [{ kind: 'time', until: NOW + 90_000 }])
    assert.deepEqual(sent(world.effects), ['one', 'two'])
    assert.equal(world.commits, 2)
  })

  const ask: Step[] = [
    { waitReply: { timeoutSec: 60, save: 'city', onTimeout: [say('too late')] } },
    say('{{ lead.attributes.city }}!'),
  ]

  it('keeps a reply as an attribute and goes on', () => {
    const world = run(ask, { reply: () => 'Tver' })
    assert.deepEqual(world.lead['attributes'], { city: 'Tver' })
    assert.deepEqual(sent(world.effects), ['Tver!'])
  })

  it('cuts a reply that is longer than an attribute may be', () => {
    const world = run(ask.slice(0, 1), { reply: () => '😀'.repeat(3000) })
    const { city } = world.lead['attributes'] as { city: string }
    assert.equal(city.length, 4000)
    assert.ok(city.isWellFormed())
  })

  it('goes on to onTimeout without a reply, and then behind it', () => {
    const world = run(ask)
    assert.deepEqual(sent(world.effects), ['too late', '!'])
  })

  it('simply goes on without a reply where there is no onTimeout', () => {
    const world = run([{ waitReply: { timeoutSec: 60 } }, say('on')])
    assert.deepEqual(sent(world.effects), ['on'])
    assert.deepEqual(world.waits, [{ kind: 'reply', until: NOW + 60_000 }])
  })
})

describe('tag and set', () => {
  it('change the recipient, and the steps behind see it', () => {
    const world = run(
      [
        { tag: { add: [' vip ', 'city-{{ params.city }}', '{{ params.none }}'], remove: ['new'] } },
        { set: { name: '{{ params.city }}', age: 7, isNew: false, old: null } },
        { if: 'tagged vip', then: [say('{{ lead.attributes.name }} {{ lead.attributes.age }}')] },
      ],
      { params: { city: 'Tver' }, lead: { tags: ['new'], attributes: { old: 1 } } },
    )
    assert.deepEqual(world.effects.slice(0, 2), [
      { kind: 'change', addTags: ['vip', 'city-Tver'], removeTags: ['new'] },
      { kind: 'change', attributes: { name: 'Tver', age: 7, isNew: false, old: null } },
    ])
    assert.deepEqual(sent(world.effects), ['Tver 7'])
    assert.deepEqual(world.lead['tags'], ['city-Tver', 'vip'])
    assert.deepEqual(world.lead['attributes'], { name: 'Tver', age: 7, isNew: false })
  })

  it('take a single tag without a list', () => {
    assert.deepEqual(run([{ tag: { add: 'vip' } }]).lead['tags'], ['vip'])
  })

  it('fail where the recipient can take no more', () => {
    const many = Array.from({ length: 100 }, (_, at) => `t${at}`)
    failsWith(
      run([{ tag: { add: ['one-more'] } }], { lead: { tags: many } }),
      'HUB_SCRIPT_CONTENT',
      /more than 100 tags/,
    )
    failsWith(run([{ tag: { add: ['x'.repeat(65)] } }]), 'HUB_SCRIPT_CONTENT', /longer than 64/)
    failsWith(run([{ set: { a: 'x'.repeat(17_000) } }]), 'HUB_SCRIPT_CONTENT', /longer than 16 KiB/)
  })
})

describe('if', () => {
  const branching: Step[] = [{ if: 'c', then: [say('then')], else: [say('else')] }, say('after')]
  for (const value of [true, 1, 'yes', [], {}] as const) {
    it(`${JSON.stringify(value)} is true`, () => {
      const world = run(branching, { code: { c: { ok: true, value, calls: [] } } })
      assert.deepEqual(sent(world.effects), ['then', 'after'])
    })
  }
  for (const value of [false, 0, '', null] as const) {
    it(`${JSON.stringify(value)} is false`, () => {
      const world = run(branching, { code: { c: { ok: true, value, calls: [] } } })
      assert.deepEqual(sent(world.effects), ['else', 'after'])
    })
  }
  it('fails with the words of the sandbox', () => {
    const code = { c: { ok: false, problem: 'ReferenceError: x is not defined' } } as const
    failsWith(run(branching, { code }), 'HUB_SCRIPT_CODE', /^steps\[0\]: ReferenceError/)
  })
})

describe('run, notify and end', () => {
  it('runs another script and comes back', () => {
    const world = new World({
      scripts: {
        main: [{ run: 'other' }, say('back'), { run: 2 }],
        other: [{ notify: { who: '{{ lead.name }}', n: 1 } }],
      },
      lead: { name: 'Ann' },
    }).run()
    const notified = { kind: 'notify', script: 2, data: { who: 'Ann', n: 1 } }
    assert.deepEqual(world.effects, [
      notified,
      { kind: 'send', message: { text: 'back' } },
      notified,
    ])
    assert.equal(world.progress.count, 5)
  })

  it('end ends the whole job, also from within another script', () => {
    const scripts = {
      main: [{ run: 'other' }, say('never')],
      other: [say('last'), { end: true }],
    } as const
    const world = new World({ scripts }).run()
    assert.deepEqual(sent(world.effects), ['last'])
    assert.deepEqual(world.progress.frames, [])
  })

  it('a script that is not there fails the job', () => {
    failsWith(
      run([{ run: 'gone' }]),
      'HUB_UNKNOWN_SCRIPT',
      /steps\[0\]\.run: there is no script gone/,
    )
  })

  it('eight scripts within each other are taken, nine are not', () => {
    const chain = (length: number) =>
      Object.fromEntries(
        Array.from({ length }, (_, at) => [
          `s${at}`,
          at === length - 1 ? [say('deepest')] : [{ run: `s${at + 1}` }],
        ]),
      )
    assert.deepEqual(sent(new World({ scripts: chain(9) }).run().effects), ['deepest'])
    failsWith(new World({ scripts: chain(10) }).run(), 'HUB_SCRIPT_DEPTH', /more than 8 deep/)
  })

  it('10 000 steps are taken, one more is a runaway', () => {
    const leaf = (length: number): Step[] => Array.from({ length }, () => ({ tag: { add: ['x'] } }))
    const loops = (last: number) => ({
      main: [...Array.from({ length: 20 }, () => ({ run: 'inner' })), ...leaf(last)],
      inner: leaf(498),
    })
    // 20 × (1 + 498) = 9 980
    const world = new World({ scripts: loops(20) }).run()
    assert.deepEqual(world.end, { kind: 'end' })
    assert.equal(world.progress.count, 10_000)
    const runaway = new World({ scripts: loops(21) }).run()
    failsWith(runaway, 'HUB_SCRIPT_RUNAWAY', /more than 10000 steps/)
    assert.equal(runaway.effects.length, 9980)
    assert.ok(world.commits >= 99, `committed in ${world.commits} pieces`)
  })
})
