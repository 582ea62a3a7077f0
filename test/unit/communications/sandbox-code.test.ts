import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BOT_CALLS } from '../../../src/communications/sandbox/sandbox.ts'
import { gotValue, problemOf, SANDBOXES, SandboxDriver, SCOPE } from '../../helpers/sandboxes.ts'

for (const [where, create] of SANDBOXES) {
  describe(`code in the sandbox, ${where}`, () => {
    const box = new SandboxDriver(create())

    it('a condition is the truth of what it returns', async () => {
      const cases: [string, boolean][] = [
        ['if (leadId == 135) return true;', true],
        ['if (leadId == 136) return true;', false],
        ['', false],
        ['return lead.tags.includes("vip")', true],
        ['return 0', false],
        ['return "no"', true],
        ['return () => 1', true],
        ['return params.n > 4 && event.text === "hi" // a comment', true],
        ['return typeof data', true],
      ]
      for (const [code, value] of cases) {
        assert.deepEqual(await box.condition(code), { ok: true, value, calls: [] }, code)
      }
    })

    it('a condition drops the calls it has asked for', async () => {
      const outcome = await box.condition('bot.addTags("a"); return true')
      assert.deepEqual(outcome, { ok: true, value: true, calls: [] })
    })

    it('code returns JSON, and null for nothing', async () => {
      assert.equal(await box.value(''), null)
      assert.equal(await box.value('return undefined'), null)
      assert.deepEqual(await box.value('return {a: [1, "two", null, {b: undefined}], d: now}'), {
        a: [1, 'two', null, {}],
        d: '2026-01-02T03:04:05.678Z',
      })
    })

    it('sees the scope of its task and no more', async () => {
      const code = 'return [leadId, lead, params, event, typeof data, typeof scope]'
      const { lead, params, event } = SCOPE
      const expected = [135, lead, params, event, 'undefined', 'undefined']
      assert.deepEqual(await box.value(code), expected)
      const { event: _, ...without } = SCOPE
      assert.equal(await box.value('return typeof event', without), 'undefined')
    })

    it('the only time is now, in UTC', async () => {
      const code = `return [
        now instanceof Date, now.toISOString(), new Date().getTime(), Date.now(), Date(),
        new Date(2026, 6, 1, 12).toISOString(), new Date('2026-07-01T10:00').toISOString(),
        new Date().getTimezoneOffset(), new Date(0).getHours(), new Date(5).getTime()]`
      assert.deepEqual(await box.value(code), [
        true,
        '2026-01-02T03:04:05.678Z',
        SCOPE.now,
        SCOPE.now,
        'Fri Jan 02 2026 03:04:05 GMT+0000',
        '2026-07-01T12:00:00.000Z',
        '2026-07-01T10:00:00.000Z',
        0,
        0,
        5,
      ])
    })

    it('random numbers are the same for the same recipient at the same time', async () => {
      const code = 'return [Math.random(), Math.random()]'
      const first = await box.value(code)
      assert.deepEqual(await box.value(code), first)
      assert.notDeepEqual(await box.value(code, { ...SCOPE, lead: { lead: 7 } }), first)
    })

    it('collects every call of bot, in order', async () => {
      const code = BOT_CALLS.map((name, index) => `bot.${name}(${index}, {a: [null]})`).join('\n')
      const expected = BOT_CALLS.map((name, index) => ({ name, args: [index, { a: [null] }] }))
      assert.deepEqual(await box.calls(code), expected)
      assert.deepEqual(await box.value('return Object.keys(bot)'), BOT_CALLS)
      assert.equal(await box.value('return bot.send({text: "hi"}) === undefined'), true)
    })

    it('reaches bot in roundabout ways too', async () => {
      for (const code of [
        'eval("b" + "ot.send(1)")',
        'b\\u006ft.send(1)',
        'arguments[5].send(1)',
        'const {send} = bot; send(1)',
      ]) {
        assert.deepEqual(await box.calls(code), [{ name: 'send', args: [1] }], code)
      }
    })

    it('a bad call of bot is a problem, caught or not', async () => {
      const cases: [string, RegExp][] = [
        ['bot.send()', /line 1, column 9: .*bot\.send needs an argument/],
        ['try { bot.addTags() } catch {}', /bot\.addTags needs an argument/],
        ['bot.send(() => 1)', /bot\.send was given what is not JSON: a function is not JSON/],
        ['bot.send({a: 1n})', /a bigint is not JSON/],
        ['bot.send({a: Symbol()})', /a symbol is not JSON/],
        ['const a = {}; a.a = a; bot.send(a)', /circular/],
        ['bot.send({get a() { throw new Error("no") }})', /not JSON: no/],
        ['bot.send("x".repeat(65536))', /more than 64 KiB/],
        ['bot.send("я".repeat(40000))', /more than 64 KiB/],
        ['for (let i = 0; i < 101; i++) bot.send(i)', /more than 100 calls of bot/],
        ['bot.nothing(1)', /not a function/],
      ]
      for (const [code, problem] of cases) assert.match(await box.problem(code), problem, code)
      const hundred = await box.calls('for (let i = 0; i < 100; i++) bot.send("x".repeat(20000))')
      assert.equal(hundred.length, 100)
    })

    it('what is returned must be JSON of 64 KiB', async () => {
      const cases: [string, RegExp][] = [
        ['return () => 1', /a function is not JSON/],
        ['return [Symbol()]', /a symbol is not JSON/],
        ['return 1n', /a bigint is not JSON/],
        ['const a = []; a[0] = a; return a', /circular/],
        ['return {get a() { throw new Error("no") }}', /line 1, column \d+: Error: no/],
        ['return new Proxy({}, {ownKeys() { throw "ouch" }})', /thrown: "ouch"/],
        ['return "x".repeat(65535)', /more than 64 KiB/],
        ['return "я".repeat(33000)', /more than 64 KiB/],
        ['return new Array(100000).fill(0)', /more than 64 KiB/],
        ['let a = 1; for (let i = 0; i < 1000; i++) a = [a]; return a', /nested too deep/],
      ]
      for (const [code, problem] of cases) assert.match(await box.problem(code), problem, code)
      assert.equal((await box.value('return "x".repeat(65000)')) as string, 'x'.repeat(65000))
    })

    it('errors at run time name their line', async () => {
      const cases: [string, RegExp][] = [
        ['\n\n  null.x', /^line 3, column 7: TypeError: cannot read property 'x' of null$/],
        ['return nothing', /^line 1, column \d+: ReferenceError: '?nothing'? is not defined$/],
        ['throw new Error("out of stock")', /^line 1, column \d+: Error: out of stock$/],
        ['throw {code: 7}', /^thrown: {"code":7}$/],
        ['throw undefined', /^threw undefined, or: /],
        ['JSON.parse("{")', /^line 1, column \d+: SyntaxError/],
        ['throw new Error("x".repeat(9999))', /xxx…$/],
      ]
      for (const [code, problem] of cases) assert.match(await box.problem(code), problem, code)
    })

    it('a syntax error is found with its line and column, at the check and when it runs', async () => {
      const cases: [string, RegExp][] = [
        ['let a = 1\nlet b = ;', /^line 2, column 9: unexpected token/],
        ['return foo bar', /^line 1, column 12: /],
        ['if (leadId) {\n  return 1', /^line 2, column 11: unexpected end of the code$/],
        ['"abc', /^line 1, column \d+: unexpected end of string/],
        ['/* ', /^line 1, column \d+: unexpected end of comment/],
        ['await 1', /^line 1, column 7: /],
        ['import x from "y"', /^line 1, column \d+: /],
        ['if (leadId) { return 1 }}', /^line 1, column \d+: /],
      ]
      for (const [code, problem] of cases) {
        assert.match((await box.check('code', code)) ?? 'fine', problem, code)
        assert.match(await box.problem(code), problem, code)
      }
      assert.equal(await box.check('code', 'if (leadId == 135) return true;'), undefined)
      assert.equal(await box.check('code', ''), undefined)
      assert.equal(await box.check('code', 'throw new Error("not run by a check")'), undefined)
      assert.equal(await box.check('code', 'for (;;);'), undefined)
    })

    it('code that closes its own function is refused at the check', async () => {
      for (const code of ['}); (function () {', '} + function () {', '} : 0 ? {', '}, () => {']) {
        assert.match((await box.check('code', code)) ?? 'fine', /^line 1, column \d+: /, code)
      }
    })

    it('code and data that are too large are refused', async () => {
      assert.match(await box.problem(`//${'x'.repeat(65536)}`), /longer than 64 KiB/)
      assert.match((await box.check('code', ' '.repeat(65537))) ?? '', /longer than 64 KiB/)
      const params = { blob: 'x'.repeat(10 * 1024 * 1024) }
      assert.match(await box.problem('return 1', { ...SCOPE, params }), /over 1 MiB/)
      assert.match(problemOf(await box.render('{{ now }}', { ...SCOPE, params })), /over 1 MiB/)
      const fits = { ...SCOPE, params: { blob: 'x'.repeat(1_000_000) } }
      assert.equal(gotValue(await box.run('return params.blob.length', fits)), 1_000_000)
    })
  })
}
