import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CommRig, openCommRig } from '../helpers/comm-rig.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'

const say = (text: string) => [{ send: { text } }]

async function fails(rig: CommRig, steps: readonly object[], params: object = {}) {
  await rig.call('saveScript', { code: 'bad', steps })
  const job = { script: 'bad', chat: { id: '7' }, params }
  const { id } = await rig.call<{ id: string }>('scheduleJob', job)
  const { error } = await rig.waitForJob(id, 'failed')
  return error
}

for (const store of testStores()) {
  describe(`scripts that can not be, on ${store.name}`, () => {
    it('are refused with every fault and its path, and nothing of them is saved', async () => {
      await using rig = await openCommRig(store)
      const faults = async (steps: unknown, code = 's') =>
        (await failureOf(rig.call('saveScript', { code, steps }))).fields
      assert.deepEqual(
        await faults([
          { send: { text: 'ok' } },
          { wait: 3_000_000 },
          { if: 'return 1', then: [{ send: { text: 5 } }, { fly: true }], else: [{ wait: -1 }] },
          { send: {} },
          { waitReply: { timeoutSec: 'x' } },
        ]),
        [
          'steps[1].wait',
          'steps[2].else[0].wait',
          'steps[2].then[0].send.text',
          'steps[2].then[1]',
          'steps[3].send',
          'steps[4].waitReply.timeoutSec',
        ],
      )
      assert.deepEqual(
        await faults([
          { send: { text: 'Hi {{ lead.name' } },
          { if: 'return (1', then: say('x') },
          { code: 'let a = ;' },
        ]),
        ['steps[0].send.text', 'steps[1].if', 'steps[2].code'],
      )
      assert.deepEqual(await faults('no steps'), ['steps'])
      assert.deepEqual(await faults([]), ['steps'])
      assert.deepEqual(await faults(say('x'), 'Not A Code'), ['code'])
      const { items } = await rig.call<{ items: unknown[] }>('listScripts')
      assert.deepEqual(items, [])
    })

    it('name line and column of a syntax error', async () => {
      await using rig = await openCommRig(store)
      const failure = await rig
        .call('saveScript', { code: 's', steps: [{ code: 'const a = 1\nconst b = = 2' }] })
        .then(
          () => undefined,
          (error: { data?: { fields?: { problem: string }[] } }) => error,
        )
      assert.match(failure?.data?.fields?.[0]?.problem ?? '', /line 2, column \d+/)
    })

    it('must not run each other in a circle', async () => {
      await using rig = await openCommRig(store)
      await rig.call('saveScript', { code: 'a', steps: [{ run: 'b' }] })
      await rig.call('saveScript', { code: 'b', steps: [{ run: 'c' }] })
      const circle = await failureOf(
        rig.call('saveScript', { code: 'c', steps: [{ if: 'return 1', then: [{ run: 'a' }] }] }),
      )
      assert.deepEqual(circle.fields, ['steps'])
      const self = await failureOf(rig.call('saveScript', { code: 'd', steps: [{ run: 'd' }] }))
      assert.deepEqual(self.fields, ['steps'])
    })

    it('fail their job with words when they go wrong', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      const missing = await fails(rig, [{ run: 'nobody' }])
      assert.equal(missing?.code, 'HUB_UNKNOWN_SCRIPT')
      const empty = await fails(rig, say('{{ params.nothing }}'))
      assert.equal(empty?.code, 'HUB_SCRIPT_CONTENT')
      const throws = await fails(rig, [{ code: 'throw new Error("no luck")' }])
      assert.match(throws?.message ?? '', /no luck/)
      const endless = await fails(rig, [{ if: 'while (true) {}', then: say('x') }])
      assert.equal(endless?.code, 'HUB_SCRIPT_CODE')
      const bomb = await fails(rig, [
        { send: { text: '{% for i in (1..100000000) %}{{ i }}{% endfor %}' } },
      ])
      assert.equal(bomb?.code, 'HUB_SCRIPT_CODE')
      const tricks = await fails(rig, [
        { code: 'constructor.constructor("return process")().exit(1)' },
      ])
      assert.equal(tricks?.code, 'HUB_SCRIPT_CODE')
      const memory = await fails(rig, [
        { code: 'const a = []; for (;;) a.push("x".repeat(1000000))' },
      ])
      assert.equal(memory?.code, 'HUB_SCRIPT_CODE')
      const template = await fails(rig, [{ sendTemplate: { name: 'hello', language: 'en' } }])
      assert.equal(template?.code, 'HUB_UNSUPPORTED')
      const inside = await fails(rig, [{ call: { url: 'http://169.254.169.254/latest' } }])
      assert.equal(inside?.code, 'HUB_SCRIPT_CALL')
      assert.deepEqual(rig.sentTo(7), [])
    })

    it('a loop of jobs ends', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      await rig.call('saveScript', {
        code: 'again',
        steps: [{ code: 'bot.runScriptByNameForLead("again", leadId)' }],
      })
      await rig.call('scheduleJob', { script: 'again', chat: { id: '7' } })
      const events = await rig.waitForEvents('job.finished', 9)
      assert.equal(events.at(-1)?.['state'], 'failed')
      await new Promise((resolve) => setTimeout(resolve, 200))
      assert.equal(rig.events('job.finished').length, 9)
    })

    it('markup in a name shows as it is; prototypes are not reached', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi', { first_name: '[b]Bold[/b] {{ 7 | times: 7 }} 😀' })
      await rig.call('saveScript', {
        code: 's',
        steps: say(
          '{{ lead.name }}|{{ lead.constructor }}{{ params.__proto__.x }}{{ lead.name | size }}',
        ),
      })
      await rig.call('scheduleJob', { script: 's', chat: { id: '7' } })
      const [text] = await rig.waitForSent(7, 1)
      assert.equal(text, '[b]Bold[/b] {{ 7 | times: 7 }} 😀|33')
      const poisoned = await failureOf(
        rig.call('scheduleJob', {
          script: 's',
          chat: { id: '7' },
          params: JSON.parse('{"__proto__":{"x":1}}') as object,
        }),
      )
      assert.equal(poisoned.code, -32602)
      const huge = await failureOf(
        rig.call('scheduleJob', {
          script: 's',
          chat: { id: '7' },
          params: { x: 'y'.repeat(100_000) },
        }),
      )
      assert.deepEqual(huge.fields, ['params'])
    })

    it('a test shows what would be sent and sends nothing', async () => {
      await using rig = await openCommRig(store)
      await rig.says(7, 'hi')
      const lead = await rig.leadOf(7)
      const shown = await rig.call('testScript', {
        steps: [
          { send: { text: 'Hi {{ lead.name }}' } },
          { waitReply: { timeoutSec: 60, onTimeout: say('anybody there?') } },
          { tag: { add: ['seen'] } },
          { call: { url: 'https://example.com/{{ leadId }}' } },
          { if: 'return lead.tags.includes("seen")', then: say('tagged') },
          { wait: 5 },
          { notify: { a: 1 } },
        ],
        lead,
      })
      const actions = shown['actions'] as { kind: string }[]
      assert.equal(shown['state'], 'done')
      assert.deepEqual(
        actions.map(({ kind }) => kind),
        ['send', 'waitReply', 'send', 'change', 'call', 'send', 'wait', 'notify'],
      )
      assert.deepEqual(rig.sentTo(7), [])
      const { tags } = await rig.call<{ tags: string[] }>('getRecipient', { lead })
      assert.deepEqual(tags, [])
      const wrong = await failureOf(rig.call('testScript', { steps: say('x'), lead: lead + 100 }))
      assert.deepEqual(wrong.fields, ['lead'])
    })
  })
}
