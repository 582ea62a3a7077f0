/**
 * The first that runs in a fresh world of the sandbox, before a portal's code: it takes away what isn't deterministic,
 * gives `prepare(json, names, limits)`, which gives `enter(run, isCondition)`, which gives one text of JSON: `{value,
 * calls}` or `{error, stack}`. Nothing here is a wall: code may bend its own world as it likes, and the host believes no
 * more of the text than that it is a text. Texts are joined and never pushed into arrays, which code could have bent.
 */
export const PRELUDE = `(function () {
  'use strict'
  const { parse, stringify } = JSON, RealDate = Date, RealPromise = Promise, Text = String
  const TheError = Error, Fault = TypeError
  delete globalThis.SharedArrayBuffer
  delete globalThis.WeakRef
  delete globalThis.FinalizationRegistry

  function onlyJson(key, value) {
    const type = typeof value
    if (type === 'function' || type === 'symbol' || type === 'bigint')
      throw new Fault('a ' + type + ' is not JSON')
    return value
  }

  function describe(error) {
    let text = 'something was thrown that can not be shown', stack = ''
    try {
      if (error instanceof TheError) {
        text = Text(error.name) + ': ' + Text(error.message)
        stack = Text(error.stack)
      } else text = 'thrown: ' + (typeof error === 'object' ? stringify(error) : Text(error))
    } catch {}
    return '{"error":' + stringify(text) + ',"stack":' + stringify(stack) + '}'
  }

  return function prepare(json, namesJson, maxCalls, maxOutput) {
    const { lead, params, event, now } = parse(json)
    const bot = {}
    let calls = '', count = 0, fault

    function refuse(problem) {
      fault = fault === undefined ? problem : fault
      throw new Fault(problem)
    }

    function note(name, args) {
      if (args.length === 0) refuse('bot.' + name + ' needs an argument')
      if (count === maxCalls) refuse('more than ' + maxCalls + ' calls of bot')
      let text
      try {
        text = stringify(args, onlyJson)
      } catch (error) {
        refuse('bot.' + name + ' was given what is not JSON: ' + (error instanceof TheError ? error.message : Text(error)))
      }
      if (typeof text !== 'string') refuse('bot.' + name + ' was given what is not JSON')
      if (text.length > maxOutput) refuse('bot.' + name + ' was given more than 64 KiB')
      calls += (count === 0 ? '' : ',') + '{"name":"' + name + '","args":' + text + '}'
      count += 1
    }

    for (const name of parse(namesJson)) bot[name] = (...args) => note(name, args)

    return function enter(run, isCondition) {
      try {
        let value = run(lead.lead, lead, params, event, new RealDate(now), bot)
        if (value instanceof RealPromise)
          throw new Fault('a promise was returned: nothing in the sandbox waits for it')
        if (isCondition) value = !!value
        let text = 'null'
        if (value !== undefined) text = stringify(value, onlyJson)
        if (typeof text !== 'string') throw new Fault('what was returned is not JSON')
        if (text.length > maxOutput) throw new Fault('more than 64 KiB were returned')
        if (fault !== undefined) throw new Fault(fault)
        return '{"value":' + text + ',"calls":[' + calls + ']}'
      } catch (error) {
        return describe(error)
      }
    }
  }
})()`
