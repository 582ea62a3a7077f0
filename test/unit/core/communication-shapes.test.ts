import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { z } from 'zod'
import { ParamsError } from '#core/errors.ts'
import { jobId, parseJobId, parseRunId, parseTaskId, runId, taskId } from '#core/ids.ts'
import { parseParams } from '#core/params.ts'
import { runParams, saveBroadcastParams } from '#core/shapes/broadcast.ts'
import { jobParams, scheduleJobParams } from '#core/shapes/job.ts'
import { createApiTokenParams, saveNotificationParams } from '#core/shapes/notification.ts'
import { namedParams, saveTriggerParams, testScriptParams } from '#core/shapes/script.ts'

const line = { connector: 'telegram', line: '7' }

function faultsOf(schema: z.ZodType, params: unknown): Record<string, string> {
  try {
    parseParams(schema, params)
  } catch (error) {
    assert.ok(error instanceof ParamsError)
    return Object.fromEntries(error.fields.map(({ field, problem }) => [field, problem]))
  }
  return {}
}

const fieldsOf = (schema: z.ZodType, params: unknown) =>
  Object.keys(faultsOf(schema, params)).toSorted()

describe('scheduleJob', () => {
  const job = { ...line, script: 'welcome', lead: 5 }

  it('takes each way to name what, whom and when', () => {
    const good = [
      job,
      { ...line, trigger: 7, chat: { id: 'c' }, runAt: '2030-01-31T09:00:00+03:00' },
      { ...line, broadcast: 'sale', runAfterSec: 0 },
      { ...job, periodSec: 60, until: '2031-01-01T00:00:00Z' },
      { ...job, cron: '0 9 * * *', timeZone: 'Europe/Moscow' },
      { ...line, script: 'a', person: 'p', condition: 'return true', key: 'k', addTags: ['a'] },
    ]
    for (const params of good) assert.deepEqual(faultsOf(scheduleJobParams, params), {})
  })

  it('names all faults at once', () => {
    const bad = {
      ...line,
      script: 'Not A Code',
      trigger: 'b',
      chat: { id: 'c' },
      person: 'p',
      runAt: 'tomorrow',
      runAfterSec: -1,
      periodSec: 59,
      cron: '0 9 * * *',
      timeZone: 'Mars/Olympus',
      condition: ' ',
      key: 'k'.repeat(129),
      addTags: ['x'.repeat(65)],
      more: 1,
    }
    assert.deepEqual(fieldsOf(scheduleJobParams, bad), [
      'addTags.0',
      'condition',
      'key',
      'more',
      'params',
      'periodSec',
      'runAfterSec',
      'runAt',
      'script',
      'timeZone',
    ])
  })

  it('refuses numbers that are none', () => {
    for (const runAfterSec of [Number.NaN, Number.POSITIVE_INFINITY, 1e300, '5', -1]) {
      assert.deepEqual(fieldsOf(scheduleJobParams, { ...job, runAfterSec }), ['runAfterSec'])
    }
    for (const lead of [0, -1, 1.5, '5', 2 ** 60]) {
      assert.deepEqual(fieldsOf(scheduleJobParams, { ...job, lead }), ['lead'])
    }
  })

  it('wants exactly one thing, for one person, and none for a broadcast', () => {
    assert.match(faultsOf(scheduleJobParams, { ...line, lead: 5 })['params'] ?? '', /exactly one/)
    assert.deepEqual(fieldsOf(scheduleJobParams, { ...line, script: 'a' }), ['lead'])
    assert.match(
      faultsOf(scheduleJobParams, { ...line, broadcast: 'a', lead: 5 })['params'] ?? '',
      /by itself/,
    )
  })

  it('refuses params that are too long, too deep or named __proto__', () => {
    const withParams = (params: unknown) => faultsOf(scheduleJobParams, { ...job, params })
    assert.deepEqual(withParams({ a: 'x'.repeat(60_000), b: [{ c: null }] }), {})
    assert.equal(withParams({ a: 'я'.repeat(33_000) })['params'], 'is longer than 64 KiB as JSON')
    assert.match(withParams({ a: 'x'.repeat(10 * 2 ** 20) })['params'] ?? '', /longer than 64 KiB/)
    let deep: unknown = 1
    for (let at = 0; at < 100_000; at += 1) deep = [deep]
    assert.match(withParams({ deep })['params'] ?? '', /nested/)
    const named = withParams(JSON.parse('{"a":{"__proto__":{"x":1}}}'))
    assert.equal(named['params.a.__proto__'], 'this name is not allowed')
    assert.ok(withParams('x')['params'])
  })
})

describe('other params of the communications', () => {
  it('name a script by its code or its id, not by both or neither', () => {
    assert.deepEqual(faultsOf(namedParams, { ...line, code: 'a.b-c_1' }), {})
    assert.deepEqual(faultsOf(namedParams, { ...line, id: 7 }), {})
    assert.deepEqual(fieldsOf(namedParams, line), ['code'])
    assert.deepEqual(fieldsOf(namedParams, { ...line, code: 'a', id: 7 }), ['code'])
    assert.deepEqual(fieldsOf(namedParams, { ...line, code: '' }), ['code'])
    assert.deepEqual(fieldsOf(testScriptParams, { ...line, lead: 1 }), ['code'])
  })

  it('of a trigger name what it can start on', () => {
    const trigger = { ...line, code: 't', script: 's' }
    const on = ['message.new', 'tag:vip', 'text: Stop ', 'dialog.closed', 'first', 'api']
    assert.deepEqual(faultsOf(saveTriggerParams, { ...trigger, on, cooldownSec: 60 }), {})
    assert.deepEqual(fieldsOf(saveTriggerParams, { ...trigger, on: [] }), ['on'])
    const wrong = ['tag:', 'text: ', 'script.notify', 'nothing', 'constructor']
    assert.equal(fieldsOf(saveTriggerParams, { ...trigger, on: wrong }).length, wrong.length)
    assert.deepEqual(fieldsOf(saveTriggerParams, { ...trigger, on, steps: [] }), ['script'])
  })

  it('of a broadcast are checked field by field', () => {
    const broadcast = { ...line, code: 'b', script: 's', filter: {} }
    const quietHours = { from: '22:00', to: '08:00', timeZone: 'Europe/Moscow' }
    assert.deepEqual(
      faultsOf(saveBroadcastParams, { ...broadcast, quietHours, optOut: ['stop'] }),
      {},
    )
    const bad = {
      ...broadcast,
      filter: { seenAfter: 'x', tags: [''], more: 1 },
      quietHours: { from: '24:00', to: '08:00', timeZone: 'x' },
      ratePerMinute: 0,
      optOut: [' '],
    }
    assert.deepEqual(fieldsOf(saveBroadcastParams, bad), [
      'filter.more',
      'filter.seenAfter',
      'filter.tags.0',
      'optOut.0',
      'quietHours.from',
      'quietHours.timeZone',
      'ratePerMinute',
    ])
    const same = { ...quietHours, to: '22:00' }
    assert.deepEqual(fieldsOf(saveBroadcastParams, { ...broadcast, quietHours: same }), [
      'quietHours.to',
    ])
  })

  it('of a slot say "Please enter text." where a required one is missing or blank', () => {
    const faults = faultsOf(saveNotificationParams, {
      name: ' ',
      language: null,
      destination: { connector: ' ' },
      parameters: ['body', 'image', 'video'].map((type) => ({ type, value: '' })),
    })
    const please = 'Please enter text.'
    assert.deepEqual(fieldsOf(saveNotificationParams, {}).includes('destination'), true)
    assert.deepEqual(faults, {
      name: please,
      'destination.connector': please,
      'destination.line': please,
      templateName: please,
      namespace: please,
      language: please,
      'parameters.0.value': please,
      'parameters.1.value': please,
      'parameters.2.value': please,
      parameters: 'hold more than one image, document or video',
    })
  })

  it('of a slot keep the name short and one picture and one button', () => {
    const slot = {
      name: 'x'.repeat(40),
      destination: line,
      templateName: 't',
      namespace: 'n',
      language: 'ru',
    }
    assert.deepEqual(faultsOf(saveNotificationParams, slot), {})
    assert.deepEqual(fieldsOf(saveNotificationParams, { ...slot, name: 'x'.repeat(41) }), ['name'])
    const twice = (one: string, other: string) => ({
      ...slot,
      parameters: [one, 'body', other].map((type) => ({ type, value: 'v' })),
    })
    assert.deepEqual(fieldsOf(saveNotificationParams, twice('image', 'video')), ['parameters'])
    assert.deepEqual(fieldsOf(saveNotificationParams, twice('button_url', 'button_url')), [
      'parameters',
    ])
    assert.deepEqual(fieldsOf(saveNotificationParams, twice('body', 'body')), [])
  })

  it('of a token name a line as a whole or not at all', () => {
    assert.deepEqual(faultsOf(createApiTokenParams, { name: 'erp' }), {})
    assert.deepEqual(faultsOf(createApiTokenParams, { ...line, name: 'erp' }), {})
    assert.deepEqual(fieldsOf(createApiTokenParams, { name: 'erp', line: '7' }), ['line'])
  })
})

describe('ids of rows', () => {
  it('come back as their number, sort as it does, and are nothing else', () => {
    for (const [write, read] of [
      [jobId, parseJobId],
      [runId, parseRunId],
      [taskId, parseTaskId],
    ] as const) {
      for (const row of [1, 31, 32, 1_000_000, Number.MAX_SAFE_INTEGER]) {
        assert.equal(read(write(row)), row)
      }
      assert.ok(write(99) < write(1024))
      for (const wrong of [
        '',
        write(7).slice(0, -1),
        `${write(7)}0`,
        write(0),
        write(7).toUpperCase(),
        'job_zzzzzzzzzzz',
        `xxx_${write(7).slice(4)}`,
      ]) {
        assert.equal(read(wrong), undefined, wrong)
      }
    }
    assert.equal(jobId(7), 'job_00000000007')
    assert.deepEqual(fieldsOf(jobParams, { ...line, id: 'brn_00000000007' }), ['id'])
    assert.deepEqual(fieldsOf(runParams, { ...line, run: 'brn_00000000007' }), [])
  })
})
