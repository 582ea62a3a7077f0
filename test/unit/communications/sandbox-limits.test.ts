import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problemOf, SANDBOXES, SandboxDriver } from '../../helpers/sandboxes.ts'

/**
 * Far above what one takes, for a machine that is busy with other tests; what isn't stopped takes seconds to years. A
 * machine that gives the thread no time at all has it tried again.
 */
const SOON_MS = 2000

/** The engine is asked in all of these whether it may go on. */
const LOOPS: readonly string[] = [
  'for (;;);',
  'for (;;) { try { for (;;); } catch {} finally { continue } }',
  'try { for (;;); } finally { for (;;); }',
  'function* g() { try { for (;;) yield 1 } finally { for (;;); } } for (const x of g());',
  '/^(a+)+$/.test("a".repeat(40) + "b")',
  '/(?:(?:(?:a*)*)*)*b/.test("a".repeat(5000))',
  '"a".repeat(200000).replace(/a*b/g, "")',
  'Array.from({length: 50000}, (_, i) => i * 7919 % 50021).sort((a, b) => { for (let i = 0; i < 99; i++); return a - b })',
  'return {get a() { for (;;); }}',
  'return new Proxy({}, {ownKeys() { for (;;); }})',
  'return {toJSON() { for (;;); }}',
  'bot.send({get a() { for (;;); }})',
  'leadId == {valueOf() { for (;;); }}',
  'return {}[{[Symbol.toPrimitive]() { for (;;); }}]',
]

/** Here it asks nobody. */
const DEAF: readonly string[] = [
  'new Array(1e9).join("x")',
  'new Array(2 ** 32 - 1).includes(1)',
  'Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)',
  'Array.prototype.reverse.call({length: 2 ** 53 - 1})',
  'const s = "a".repeat(4e6); for (let i = 0; i < 10000; i++) s.localeCompare(s + "b")',
  'const s = "a".repeat(4e6); s.indexOf("a".repeat(1e6) + "b")',
  'let b = 3n; for (let i = 0; i < 40; i++) b = b * b',
  'JSON.parse("[" + "1,".repeat(2e6) + "1]")',
  '/(.*)*(?<=(a+)+)b/.test("a".repeat(5000))',
]

const GREEDY: readonly string[] = [
  'let s = "ab"; for (;;) s += s',
  'return "x".repeat(2 ** 30)',
  'return new Array(4e6).fill(0)',
  'const a = ["x".repeat(1e6)]; for (;;) a.push(a[a.length - 1] + "y" + a.length)',
  'const a = []; for (;;) a.push(new Array(100).fill(a))',
  'let a = []; for (;;) a = [a, a.concat(a), new Map([[a, a]])]',
  'return "a".repeat(3e6).split("")',
]

const DEEP: readonly string[] = [
  'function f() { f() } f()',
  'const o = {toString: () => "" + o}; return "" + o',
  'JSON.parse("[".repeat(1e6))',
  'eval("(".repeat(1e5))',
  'eval("[".repeat(1e6))',
  'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a)',
  'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity)',
  'let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null); f()',
  'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x',
  'new RegExp("(".repeat(1e5) + ")".repeat(1e5))',
  'new RegExp("(?:".repeat(3000) + "a" + ")*".repeat(3000)).test("aaa")',
]

for (const [where, create] of SANDBOXES) {
  describe(`limits of the sandbox, ${where}`, () => {
    const box = new SandboxDriver(create())

    async function failsSoon(code: string): Promise<string> {
      const startedAt = performance.now()
      const problem = await box.problem(code)
      assert.ok(performance.now() - startedAt < SOON_MS, code)
      // Whatever became of the engine, the next task has a good one.
      assert.equal(await box.value('return leadId'), 135, code)
      return problem
    }

    it('code is interrupted after 50 ms', async () => {
      for (const code of LOOPS) {
        assert.equal(await failsSoon(code), 'the code took longer than 50 ms', code)
      }
    })

    it('code is stopped where the engine can not interrupt it', async () => {
      for (const code of DEAF) assert.match(await failsSoon(code), /50 ms|memory|too large/, code)
    })

    it('code has 16 MiB', async () => {
      for (const code of GREEDY) {
        assert.match(await failsSoon(code), /16 MiB|too long|invalid string length|50 ms/, code)
      }
      // In two steps, so that a busy machine doesn't make it run out of time before.
      const tripled = 'const a = new Array(4e5).fill(0); return a.concat(a, a, a, a, a).length'
      assert.match(await failsSoon(tripled), /more than 16 MiB of memory/)
      assert.equal(await box.value('return new Array(5e5).fill(0).length'), 5e5)
    })

    it('what one has filled is free for the next', async () => {
      const fill = `let a = [0]
        try { for (;;) { const o = {a}; o.o = o; a = a.concat(a, [o]) } } catch { return true }`
      const use = 'let a = [0]; for (let i = 0; i < 19; i++) a = a.concat(a); return a.length'
      for (let turn = 0; turn < 5; turn += 1) {
        await box.run(fill)
        assert.equal(await box.value(use), 2 ** 19)
      }
    })

    it('code can not overflow the stack of its engine', async () => {
      for (const code of DEEP) {
        assert.match(
          await failsSoon(code),
          /stack|nested too deep|too many captures|50 ms|16 MiB/,
          code,
        )
      }
    })

    it('the sources of a check are bounded in the same way', async () => {
      const deep = '('.repeat(60_000)
      assert.match((await box.check('code', deep)) ?? 'fine', /stack|deep/)
      const wide = `return [${'[0],'.repeat(15_000)}]`
      assert.equal(await box.check('code', wide), undefined)
      const tags = '{% if a %}'.repeat(6000)
      assert.match((await box.check('template', tags)) ?? 'fine', /not closed|100 ms|stack/)
    })

    const endless = '{% for i in (1..1000000) %}{% for j in (1..1000000) %}{% endfor %}{% endfor %}'
    const HOSTILE: [string, RegExp][] = [
      [endless, /100 ms/],
      ['{% for i in (1..99999999) %}a{% endfor %}', /memory|100 ms/],
      ['{% for i in (1..20000) %}aaaaaaaaa{% endfor %}', /more than 64 KiB|100 ms/],
      [
        '{% assign s = "aaaaaaaaaa" %}{% for i in (1..99) %}{% assign s = s | append: s %}{% endfor %}',
        /memory|100 ms/,
      ],
      [
        '{% assign s = "aaaaaaaaaa" %}{% for i in (1..99) %}{% assign s = s | replace: "a", s %}{% endfor %}',
        /memory|100 ms/,
      ],
      [
        '{% for i in (1..99) %}{% capture x %}{{ x }}{{ x }}aaaaaaaa{% endcapture %}{% endfor %}',
        /64 KiB|100 ms/,
      ],
      ['{{ now | date: "%99999999999Y" }}', /memory|100 ms/],
      ['{{ now | date: "%9999999N" }}', /memory|100 ms/],
      [
        '{% assign a = (1..1000000) | sort | reverse | uniq | concat: a %}{{ a | join: a }}',
        /memory|100 ms/,
      ],
      [
        '{% assign a = "a,a,a,a" | split: "," %}{% for i in (1..99) %}{% assign a = a | concat: a %}{% endfor %}',
        /memory|100 ms/,
      ],
      ['{% tablerow i in (1..100000) %}{% endtablerow %}', /64 KiB|100 ms/],
      [
        '{% for i in (1..3000) %}{% for j in (1..3000) %}{% cycle "a", "" %}{% increment k %}{% endfor %}{% endfor %}',
        /64 KiB|100 ms/,
      ],
      [
        '{% for i in (1..9999) %}{% assign a = (1..300) | where_exp: "x", "x > 1" | map: "y" %}{% endfor %}',
        /memory|100 ms/,
      ],
    ]

    it('hostile templates end soon', async () => {
      for (const [template, expected] of HOSTILE) {
        const startedAt = performance.now()
        assert.match(problemOf(await box.render(template)), expected, template)
        assert.ok(performance.now() - startedAt < SOON_MS, template)
      }
      assert.equal(await box.rendered('{{ lead.name }}'), 'Ann')
    })

    it('time and output are those of a task, not of each of its strings', async () => {
      const strings = Array.from({ length: 9 }, () => '{{ params.long }}')
      const scope = { lead: { lead: 1 }, params: { long: 'x'.repeat(8000) }, now: 0 }
      assert.match(problemOf(await box.render(strings, scope)), /more than 64 KiB/)
      assert.ok((await box.render(strings.slice(1), scope)).ok)
      const plain = Array.from({ length: 9 }, () => 'x'.repeat(8000))
      assert.match(problemOf(await box.render(plain, scope)), /more than 64 KiB/)
      const slow = Array.from({ length: 1000 }, () => endless)
      const startedAt = performance.now()
      assert.match(problemOf(await box.render(slow)), /100 ms/)
      assert.ok(performance.now() - startedAt < SOON_MS)
    })
  })
}
