import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Desk, openDesk } from '../helpers/comm-desk.ts'
import { testStores } from '../helpers/stores.ts'

const WELCOME = { code: 'welcome', steps: [{ send: { text: 'Hello!' } }] }

describe('what the commands of the communications refuse', () => {
  let open: Desk | undefined
  const opened = (): Desk => {
    assert.ok(open)
    return open
  }
  before(async () => {
    const [sqlite] = testStores()
    assert.ok(sqlite)
    open = await openDesk(sqlite)
  })
  after(() => open?.[Symbol.asyncDispose]())

  it('saves all of a file or nothing of it, and names every fault with script and path', async () => {
    const desk = opened()
    const { cli } = desk
    const send = (text: unknown) => [{ send: { text } }]
    const bad = await desk.file('bad.json', [
      { code: 'one', steps: send('fine') },
      { code: 'Two', steps: send('fine') },
      { code: 'three', steps: [{ wait: 1 }, { send: { text: '{{ broken' } }, { jump: 1 }] },
      { code: 'one', steps: send('again'), line: '12', colour: 'red' },
      7,
      { code: 'four', steps: [{ code: 'return ((' }] },
    ])
    const told = await desk.fails(desk.words('script', 'save', bad), 1)
    const parts = told.split('; ')
    assert.ok(told.startsWith(`${bad}: script 2 (Two): code must be 1 to 64 characters`), told)
    assert.ok(
      parts.some((part) => part.startsWith('script 3 (three): steps[2]')),
      told,
    )
    assert.ok(
      parts.some((part) => /^script 4 \(one\): line must not be there/.test(part)),
      told,
    )
    assert.ok(
      parts.some((part) => part === 'script 5: it must be an object'),
      told,
    )
    assert.ok(
      parts.some((part) => /^script 6 \(four\): steps\[0\]/.test(part)),
      told,
    )
    const circle = [
      { code: 'a', steps: [{ run: 'b' }] },
      { code: 'b', steps: [{ run: 'a' }] },
    ]
    assert.match(
      await desk.fails(desk.words('script', 'save', '-'), 1, JSON.stringify(circle)),
      /^stdin: script 1 \(a\): steps scripts run each other in a circle: .*; script 2 \(b\): /,
    )
    const twice = [circle[0], circle[0]]
    assert.match(
      await desk.fails(desk.words('script', 'save', '-'), 1, JSON.stringify(twice)),
      /script 2 \(a\): code is there twice/,
    )
    assert.deepEqual(await cli.json(desk.words('script', 'list')), { items: [] })
    const good = [
      { code: 'b', steps: [{ run: 'a' }] },
      { code: 'a', steps: send('fine') },
    ]
    assert.deepEqual(await cli.json(desk.words('script', 'save', '-'), JSON.stringify(good)), [
      { id: 2, code: 'b', version: 1 },
      { id: 1, code: 'a', version: 1 },
    ])
  })

  it('reads no file that is too large, no JSON, too deep or not there', async () => {
    const desk = opened()
    const save = (file: string) => desk.words('script', 'save', file)
    const cases: [string, string | Buffer, RegExp][] = [
      ['large', Buffer.alloc(10 * 1024 * 1024, 32), /^stdin has more than 4 MiB$/],
      ['not JSON', 'steps: \u001b[31m', /^stdin is no JSON: .*\\u\{1b\}.*$/],
      ['deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /^stdin is no JSON: .*too deep/],
      ['not text', Buffer.from([0x22, 0xff, 0x22]), /^stdin is no JSON: it is not UTF-8/],
      ['empty', '', /^stdin is no JSON: /],
      ['none', '[]', /^stdin holds no script$/],
      ['many', `[${'{},'.repeat(600)}{}]`, /^stdin holds 601: at most 500/],
      [
        'tricks',
        '{"code":"a","steps":[],"__proto__":{"x":1}}',
        /^stdin: script a: __proto__ unknown field/,
      ],
      ['text', '"script"', /^stdin: script: it must be an object$/],
      ['steer', '{"code":"\\u001b[31m","steps":1}', /^stdin: script \\u\{1b\}\[31m: code must/],
    ]
    for (const [what, content, expected] of cases) {
      assert.match(await desk.fails(save('-'), 1, content), expected, what)
    }
    assert.match(await desk.fails(save('/nowhere.json'), 1), /can not be read: ENOENT$/)
    assert.match(await desk.fails(save(desk.folder), 1), /can not be read: EISDIR$/)
    assert.match(await desk.fails(save('/dev/zero'), 1), /has more than 4 MiB$/)
    const file = await desk.file('ok.json', WELCOME)
    assert.equal((await desk.cli.run(save(file))).code, 0)
    assert.match(
      await desk.fails(
        desk.words('script', 'get', 'welcome', '--out', join(desk.folder, 'no', 'x')),
        1,
      ),
      /can not be written: ENOENT$/,
    )
  })

  it('takes wrong options for wrong usage, and names them as they are written', async () => {
    const desk = opened()
    const cases: [string[], RegExp][] = [
      [['job', 'schedule', '--lead', '7'], /give exactly one of script, trigger and broadcast/],
      [['job', 'schedule', '--script', 'a', '--lead', 'x'], /^--lead takes a number$/],
      [
        ['job', 'schedule', '--script', 'a', '--lead', '1', '--at', 'tomorrow'],
        /^--at must be an instant/,
      ],
      [
        ['job', 'schedule', '--script', 'a', '--lead', '1', '--every', '30s'],
        /^--every must be at least 60 seconds/,
      ],
      [
        ['job', 'schedule', '--script', 'a', '--lead', '1', '--zone', 'Moon'],
        /^--zone is no time zone/,
      ],
      [
        ['job', 'schedule', '--script', 'a', '--lead', '1', '--params', '{'],
        /^--params is no JSON/,
      ],
      [
        ['job', 'schedule', '--script', 'a', '--lead', '1', '--params', '[1]'],
        /^--params Invalid input: expected record, received array$/,
      ],
      [['job', 'get', 'nonsense'], /^id is no id of a job/],
      [['script', 'list', '--limit', '0'], /^--limit /],
      [['script', 'get', 'Bad Code'], /^code must be 1 to 64 characters/],
      [['recipient', 'tag', '--lead', '1'], /^say what to change: --add or --remove$/],
      [['recipient', 'get'], /^--lead say either lead or chat$/],
      [['recipient', 'list', '--tag', ' '], /^--tag /],
      [['broadcast', 'status', 'brn_'], /^run is no id of a run/],
    ]
    for (const [[group = '', verb = '', ...rest], expected] of cases) {
      assert.match(await desk.fails(desk.words(group, verb, ...rest), 64), expected)
    }
    const stranger = ['script', 'list', desk.rig.portal.id, 'telegram', 'no-such-line']
    assert.match(await desk.fails(stranger, 1), /has no line no-such-line of telegram$/)
    assert.equal(
      await desk.fails(desk.words('job', 'get', 'job_00000000077'), 1),
      'there is no such job',
    )
    const help = await desk.cli.run(['broadcast', 'start', '--help'])
    assert.match(
      help.stdout,
      /Example:\n {2}hub broadcast start prt_… telegram 12 spring --watch\n/,
    )
  })
})
