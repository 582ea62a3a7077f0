/**
 * What runs in a fresh world before a portal's code, kept short: it is compiled each time, at about 20 bytes a
 * microsecond. Nothing here is a wall. Code may bend its own world as it likes, and the host believes no more of what
 * comes out than that it is a text. Texts are joined and never pushed into arrays, which code could have bent.
 */

/** `(json, isCondition, maxOutput, bot?, takeCalls?)` gives `(run)`, which gives one text: `{"value":…,"calls":[…]}`. */
export const ENTER = `(function () {
'use strict'
const { parse, stringify } = JSON, D = Date, P = Promise, F = TypeError
function only(key, value) {
const type = typeof value
if (type === 'function' || type === 'symbol' || type === 'bigint') throw new F('a ' + type + ' is not JSON')
return value
}
return (json, isCondition, most, makeBot) => {
const { lead, params, event, now } = parse(json), bot = {}
const take = makeBot && makeBot(bot, only)
return (run) => {
const value = run(lead.lead, lead, params, event, new D(now), bot)
if (value instanceof P) throw new F('a promise was returned: nothing in the sandbox waits for it')
const text = isCondition ? !!value : value === undefined ? 'null' : stringify(value, only)
if (text === undefined) throw new F('what was returned is not JSON')
if (text.length > most) throw new F('more than 64 KiB were returned')
return '{"value":' + text + ',"calls":[' + (take ? take() : '') + ']}'
}
}
})()`

/** `(names, maxCalls, maxOutput)` gives the `makeBot` for it. A call that is refused fails all, caught or not. */
export const BOT = `(function (names, maxCalls, most) {
'use strict'
const { parse, stringify } = JSON, F = TypeError
return (bot, only) => {
let calls = '', count = 0, fault
function refuse(problem) {
fault = fault === undefined ? problem : fault
throw new F(problem)
}
function note(name, args) {
if (args.length === 0) refuse('bot.' + name + ' needs an argument')
if (count === maxCalls) refuse('more than ' + maxCalls + ' calls of bot')
let text
try {
text = stringify(args, only)
} catch (error) {
refuse('bot.' + name + ' was given what is not JSON: ' + error.message)
}
if (text === undefined) refuse('bot.' + name + ' was given what is not JSON')
if (text.length > most) refuse('bot.' + name + ' was given more than 64 KiB')
calls += (count === 0 ? '' : ',') + '{"name":"' + name + '","args":' + text + '}'
count += 1
}
for (const name of parse(names)) bot[name] = (...args) => note(name, args)
return () => {
if (fault !== undefined) throw new F(fault)
return calls
}
}
})`
