import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SANDBOXES, SandboxDriver, SCOPE } from '../../helpers/sandboxes.ts'

/** All that there is; WebAssembly, timers, console, shared memory and whatever is the host's are not. */
const GLOBALS = `
  Error EvalError RangeError ReferenceError SyntaxError TypeError URIError InternalError AggregateError Array Object
  Function Iterator parseInt parseFloat isNaN isFinite decodeURI decodeURIComponent encodeURI encodeURIComponent escape
  unescape Infinity NaN undefined eval Number Boolean String Math Reflect Symbol globalThis BigInt Date RegExp JSON Proxy
  Map Set WeakMap WeakSet Promise`
  .trim()
  .split(/\s+/)

/** Each looks for something of the host and must find nothing. */
const TRICKS: readonly string[] = [
  'return this.constructor.constructor("return typeof process")()',
  'return [].constructor.constructor("return typeof require")()',
  'return (function () { return typeof this.process })()',
  'return Function("return typeof globalThis.process")()',
  'return (async () => 1).constructor("return typeof process")  && "undefined"',
  'return (function* () {}).constructor("return typeof process")().next().value',
  'return eval("typeof process")',
  'return (0, eval)("typeof Buffer")',
  'return lead.constructor.constructor("return typeof process")()',
  'return bot.send.constructor("return typeof process")()',
  'return now.constructor.constructor("return typeof process")()',
  'return Object.getPrototypeOf(function () {}).constructor("return typeof setTimeout")()',
  'Error.prepareStackTrace = (e, frames) => frames; return typeof new Error("x").stack[0]?.getThis',
  'try { null.x } catch (e) { return e.constructor.constructor("return typeof process")() }',
  'try { bot.nothing(1) } catch (e) { return typeof e.constructor.constructor("return this")().process }',
  'return typeof WebAssembly',
  'return typeof SharedArrayBuffer',
  'return typeof Atomics',
  'return typeof console',
  'return typeof require',
  'return typeof module',
  'return typeof fetch',
  'return typeof setTimeout',
  'return typeof queueMicrotask',
  'return typeof performance',
  'return typeof structuredClone',
  'return typeof std',
  'return typeof os',
  'return typeof scriptArgs',
]

/** Attempts to bend what the next evaluation, or the host, will use. */
const POLLUTION: readonly string[] = [
  'Object.prototype.leaked = 1',
  'Array.prototype[0] = "leaked"',
  'globalThis.leaked = 1',
  'leaked = 1',
  'Object.prototype.toJSON = () => "leaked"',
  'JSON.parse = JSON.stringify = () => "leaked"',
  'Array.prototype[Symbol.iterator] = function* () { yield "leaked" }',
  'Date.now = () => 0',
  'Object.defineProperty(Object.prototype, "lead", {get() { return "leaked" }, set() {}})',
  'Object.defineProperty(Array.prototype, "0", {set() { throw 1 }})',
  'Math.random = () => 4',
  'lead.__proto__.leaked = 1',
  'params.__proto__.constructor.prototype.leaked = 1',
  'Function.prototype.call = Function.prototype.apply = () => "leaked"',
  'String.prototype.replace = () => "leaked"',
  'Promise = undefined',
  'Object.freeze(Object.prototype)',
]

for (const [where, create] of SANDBOXES) {
  describe(`ways out of the sandbox, ${where}`, () => {
    const box = new SandboxDriver(create())

    it('there is standard JavaScript and nothing else', async () => {
      const code = 'return Object.getOwnPropertyNames(globalThis)'
      assert.deepEqual(await box.value(code), GLOBALS)
    })

    it('no trick finds anything of the host', async () => {
      for (const code of TRICKS) assert.equal(await box.value(code), 'undefined', code)
    })

    it('modules can not be had, and promises are not waited for', async () => {
      for (const code of [
        'return import("node:fs")',
        'return (async () => 1)()',
        'return Promise.resolve(false)',
      ]) {
        assert.match(await box.problem(code), /a promise was returned/, code)
      }
      assert.match(JSON.stringify(await box.condition('return (async () => false)()')), /promise/)
      const later =
        'let ran = 0; Promise.resolve().then(() => { ran = 1; bot.send(1) }); return ran'
      assert.equal(await box.value(later), 0)
      assert.deepEqual(await box.calls(later), [])
      assert.equal(await box.value('(async () => { for (;;) await 1 })(); return 1'), 1)
    })

    it('nothing of one evaluation is there in the next', async () => {
      const probe = `return [typeof leaked, ({}).leaked ?? 0, [][0] ?? 0, [..."ab"].length, [1, 2].join("-"),
        JSON.parse("[1]")[0], Date.now(), leadId, Math.random() === 4, "a".replace("a", "b"), typeof Promise]`
      const clean = await box.value(probe)
      for (const code of POLLUTION) {
        await box.run(`${code}; bot.send({a: 1}); return {b: [2]}`)
        assert.deepEqual(await box.value(probe), clean, code)
      }
      assert.equal(({} as Record<string, unknown>)['leaked'], undefined)
      assert.equal(([] as unknown[])[0], undefined)
    })

    it('what comes out is a portal’s data and never a way to the host’s prototypes', async () => {
      const proto = 'JSON.parse(\'{"__proto__": {"polluted": 1}, "a": 2}\')'
      assert.deepEqual(await box.value(`return ${proto}`), { a: 2 })
      const [call] = await box.calls(`bot.setAttributes(${proto})`)
      assert.deepEqual(Object.getOwnPropertyNames(call?.args[0]), ['a'])
      const params = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "c"}')
      const code = 'return [({}).polluted ?? 0, params.constructor, Object.keys(params).length]'
      assert.deepEqual(await box.value(code, { ...SCOPE, params }), [0, 'c', 2])
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
    })

    it('a bent answer is refused or harmless', async () => {
      for (const code of [
        'Object.prototype.toJSON = () => "evil"; bot.send({a: 1})',
        'Array.prototype.toJSON = () => ({name: "exec"}); bot.send({a: 1})',
        'String.prototype.toString = () => "evil"; bot.send({a: 1})',
      ]) {
        const outcome = await box.run(code)
        if (outcome.ok) assert.deepEqual(outcome.calls, [{ name: 'send', args: [{ a: 1 }] }], code)
        else assert.match(outcome.problem, /call 1 of bot is none that can be read/, code)
      }
      const own = 'return {toJSON() { return {a: 1} }}'
      assert.deepEqual(await box.value(own), { a: 1 })
      assert.equal(await box.value('return {[Symbol.toPrimitive]: 1, valueOf: 7}.valueOf'), 7)
    })

    it('errors with traps are said all the same', async () => {
      for (const code of [
        'throw {get message() { for (;;); }}',
        'const e = new Error("x"); Object.defineProperty(e, "stack", {get() { throw 1 }}); throw e',
        'const e = new Error("x"); e.name = {toString() { throw 1 }}; throw e',
        'throw new Proxy(new Error("x"), {get() { throw new Error("y") }})',
        'throw Object.assign(new Error("x"), {toJSON() { for (;;); }})',
        'const e = {}; e.e = e; throw e',
        'throw Symbol("s")',
        'throw () => 1',
        'throw 1n',
      ]) {
        assert.ok((await box.problem(code)).length > 0, code)
        assert.equal(await box.value('return 1'), 1, code)
      }
    })
  })
}
