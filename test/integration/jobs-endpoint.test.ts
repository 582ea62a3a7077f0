import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CommRig, LINE, openCommRig } from '../helpers/comm-rig.ts'
import { addTestPortal } from '../helpers/hub.ts'
import { type Answer, type AskOptions, ask } from '../helpers/notification-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { connectTelegram } from '../helpers/telegram-line.ts'

interface Token {
  readonly token: string
  readonly id: number
}

async function createToken(rig: CommRig, more: object = {}): Promise<Token> {
  return await rig.portal.hub.$call('createApiToken', { name: 'shop', ...more })
}

async function botOf(rig: CommRig): Promise<number> {
  return (await rig.call<{ bot: number }>('getStatus')).bot
}

/** A line with a script and somebody who has written. */
async function prepare(rig: CommRig) {
  await rig.says(7, 'hi')
  const steps = [
    { send: { text: 'T{{ params.ticket_id }} {{ params.a }} {{ lead.tags | join }}' } },
  ]
  const { id: script } = await rig.call<{ id: number }>('saveScript', { code: 's', steps })
  const { token } = await createToken(rig)
  const bot = await botOf(rig)
  const lead = await rig.leadOf(7)
  const url = `${rig.hub.url}/bots/${bot}/jobs/schedule`
  const post = async (body: unknown, { headers = {}, ...options }: AskOptions = {}) => {
    rig.clock.jump(1000)
    return await ask(url, body, { headers: { authentication: token, ...headers }, ...options })
  }
  return { script, token, bot, lead, url, post }
}

function fieldsOf({ body }: Answer): string[] {
  return (body['errors'] as { field: string }[]).map(({ field }) => field).sort()
}

for (const store of testStores()) {
  describe(`the jobs endpoint, on ${store.name}`, () => {
    it('schedules a job with tags, params and a ticket, by either header', async () => {
      await using rig = await openCommRig(store)
      const { script, token, lead, url, post } = await prepare(rig)
      const body = {
        script_id: script,
        lead_id: lead,
        ticket_id: 5,
        script_request_params: { a: 'b', ticket_id: 6 },
        add_tags: 'vip, new',
      }
      const answer = await post(body)
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      assert.match(String(answer.body['job_id']), /^job_/)
      assert.ok(Date.parse(String(answer.body['run_at'])) > 0)
      assert.deepEqual(await rig.waitForSent(7, 1), ['T5 b new vip'])
      await rig.waitForJob(String(answer.body['job_id']), 'done')
      const bearer = { authorization: `Bearer ${token}` }
      const later = { script_code: 's', lead_id: lead, run_after_sec: 3600, remove_tags: 'vip' }
      const second = await ask(url, later, { headers: bearer })
      assert.equal(second.status, 200)
      rig.clock.jump(3_601_000)
      assert.deepEqual((await rig.waitForSent(7, 2)).at(-1), 'T  new')
    })

    it('refuses tokens that are wrong, revoked or another portal', async () => {
      await using rig = await openCommRig(store)
      const { lead, url, token, bot } = await prepare(rig)
      const body = { script_code: 's', lead_id: lead }
      for (const told of ['', 'x', `${token}x`, 'hbt_', `hbt_${'x'.repeat(500)}`]) {
        const answer = await ask(url, body, { headers: { authentication: told } })
        assert.equal(answer.status, 401, told)
        assert.deepEqual(fieldsOf(answer), ['Authentication'])
      }
      const other = await addTestPortal(rig.hub)
      const foreign = await other.hub.$call<Token>('createApiToken', { name: 'x' })
      const headers = { authentication: foreign.token }
      const noBot = await ask(`${rig.hub.url}/bots/99999/jobs/schedule`, body, { headers })
      const notTheirs = await ask(url, body, { headers })
      assert.deepEqual([noBot.status, noBot.body], [404, notTheirs.body])
      assert.equal(notTheirs.status, 404)
      await rig.portal.hub.saveSettings({ ...LINE, line: 'second', settings: { token: '1:x' } })
      const ofSecond = await createToken(rig, { ...LINE, line: 'second' })
      const wrongLine = await ask(url, body, { headers: { authentication: ofSecond.token } })
      assert.equal(wrongLine.status, 404)
      const ofLine = await createToken(rig, LINE)
      const ours = { authentication: ofLine.token }
      assert.equal((await ask(url, body, { headers: ours })).status, 200)
      const { items } = await rig.portal.hub.$call<{ items: Record<string, unknown>[] }>(
        'listApiTokens',
        { ...LINE },
      )
      assert.deepEqual(
        items.map(({ line }) => line),
        [undefined, '12'],
      )
      assert.deepEqual(
        items.map(({ usedAt }) => typeof usedAt),
        ['undefined', 'string'],
      )
      assert.ok(!JSON.stringify(items).includes('hbt_'))
      const { id } = ofLine
      assert.deepEqual(await other.hub.$call('revokeApiToken', { id }), { ok: false })
      assert.deepEqual(await rig.portal.hub.$call('revokeApiToken', { id }), { ok: true })
      assert.equal((await ask(url, body, { headers: ours })).status, 401)
      assert.ok(bot > 0)
      assert.ok(!rig.hub.logText().includes(token))
      await other[Symbol.asyncDispose]()
    })

    it('names all faults at once, and what is not there', async () => {
      await using rig = await openCommRig(store)
      const { lead, post, bot, token } = await prepare(rig)
      const bad = await post({
        script_id: 1,
        script_code: 's',
        lead_id: 'x',
        ticket_id: 1.5,
        run_at: '2030-02-30 09:00:00',
        run_after_sec: -1,
        is_periodic: 'yes',
        condition_script_code: 'return (',
        script_request_params: [1],
        add_tags: 'x'.repeat(65),
        remove_tags: 7,
        what: 1,
      })
      assert.equal(bad.status, 400)
      assert.deepEqual(
        [...new Set(fieldsOf(bad))],
        [
          ...['add_tags', 'condition_script_code', 'is_periodic', 'lead_id', 'remove_tags'],
          ...['run_after_sec', 'run_at', 'script_id', 'script_request_params', 'ticket_id', 'what'],
        ],
      )
      const faults: [object | string, string[]][] = [
        [{}, ['lead_id', 'script_id']],
        [{ lead_id: lead }, ['script_id']],
        [{ script_code: 's' }, ['lead_id']],
        [{ broadcast_code: 'b', lead_id: lead }, ['lead_id']],
        [{ script_code: 's', lead_id: lead, is_periodic: true }, ['is_periodic']],
        [
          { script_code: 's', lead_id: lead, is_periodic: true, run_after_sec: 59 },
          ['run_after_sec'],
        ],
        [
          { script_code: 's', lead_id: lead, run_at: '2030-01-01', run_after_sec: 1 },
          ['run_after_sec', 'run_at'],
        ],
        ['[]', ['lead_id', 'script_id']],
        ['7', ['body']],
        ['{', ['body']],
        ['', ['body']],
      ]
      for (const [body, fields] of faults) {
        const answer = await post(body)
        assert.deepEqual([answer.status, fieldsOf(answer)], [400, fields], JSON.stringify(body))
      }
      const missing: [object, string][] = [
        [{ script_code: 'no', lead_id: lead }, 'script_code'],
        [{ script_id: 999, lead_id: lead }, 'script_id'],
        [{ trigger_code: 'no', lead_id: lead }, 'trigger_code'],
        [{ broadcast_id: 999 }, 'broadcast_id'],
        [{ script_code: 's', lead_id: 99_999 }, 'lead_id'],
      ]
      for (const [body, field] of missing) {
        const answer = await post(body)
        assert.deepEqual([answer.status, fieldsOf(answer)], [404, [field]])
      }
      const body = { script_code: 's', lead_id: lead }
      const text = { headers: { 'content-type': 'text/plain' } }
      assert.equal((await post(body, text)).status, 415)
      assert.equal((await post({ ...body, a: 'x'.repeat(1.1e6) })).status, 413)
      const headers = { authentication: token }
      const bots = [`${bot + 999}`, 'x', '0', `0${bot}`]
      for (const one of bots) {
        const url = `${rig.hub.url}/bots/${one}/jobs/schedule`
        assert.equal((await ask(url, body, { headers })).status, 404, one)
      }
      const get = await ask(`${rig.hub.url}/bots/${bot}/jobs/schedule`, '', { method: 'GET' })
      assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST'])
    })

    it('takes times of the portal, and repeats', async () => {
      await using rig = await openCommRig(store)
      const { portalOperations } = rig.hub.app.services
      await portalOperations.edit(rig.portal.id, { timeZone: 'Europe/Moscow' })
      const { lead, post } = await prepare(rig)
      const body = { script_code: 's', lead_id: lead, run_at: '2090-01-31 09:00:30' }
      const once = await post(body)
      assert.equal(once.body['run_at'], '2090-01-31T06:00:30.000Z')
      const daily = await post({ ...body, is_periodic: true })
      assert.equal(daily.body['run_at'], '2090-01-31T06:00:00.000Z')
      const often = await post({
        ...{ script_code: 's', lead_id: lead, is_periodic: true, run_after_sec: 60 },
        condition_script_code: 'return leadId > 0',
      })
      assert.equal(often.status, 200)
      rig.clock.jump(61_000)
      await rig.waitForSent(7, 1)
      // Its next turn is set when it has ended, which is after the message is out.
      await rig.waitForJob(String(often.body['job_id']), 'scheduled')
      rig.clock.jump(61_000)
      await rig.waitForSent(7, 2)
    })

    it('gives the same job for the same key, and 409 for another body', async () => {
      await using rig = await openCommRig(store)
      const { lead, post } = await prepare(rig)
      const body = { script_code: 's', lead_id: lead, is_periodic: true, run_after_sec: 60 }
      const headers = { 'idempotency-key': 'k' }
      const first = await post(body, { headers })
      rig.clock.jump(61_000)
      await rig.waitForSent(7, 1)
      const second = await post(body, { headers })
      assert.deepEqual(second.body, first.body)
      const other = await post({ ...body, run_after_sec: 61 }, { headers })
      assert.deepEqual([other.status, fieldsOf(other)], [409, ['Idempotency-Key']])
      const long = await post(body, { headers: { 'idempotency-key': 'k'.repeat(129) } })
      assert.deepEqual([long.status, fieldsOf(long)], [400, ['Idempotency-Key']])
    })

    it('takes no more a second than its portal may', async () => {
      await using rig = await openCommRig(store)
      const { lead, url, token } = await prepare(rig)
      const headers = { authentication: token }
      const body = { script_code: 's', lead_id: lead }
      const startedAt = performance.now()
      const answers = await Promise.all(
        Array.from({ length: 150 }, () => ask(url, body, { headers })),
      )
      const seconds = (performance.now() - startedAt) / 1000
      const refused = answers.filter(({ status }) => status === 429)
      // What it may take at once, and what comes to that on a slow machine.
      assert.ok(answers.length - refused.length <= 20 * (seconds + 1) + 1)
      for (const one of refused) assert.ok(Number(one.headers.get('retry-after')) >= 1)
    })

    it('keeps a token of one line from what belongs to another', async () => {
      await using rig = await openCommRig(store)
      const { lead, script, bot } = await prepare(rig)
      await connectTelegram(rig.portal, rig.telegram, 'second').catch(() => undefined)
      const { bot: second } = await rig.call<{ bot: number }>('getStatus', { line: 'second' })
      const { token } = await createToken(rig, { ...LINE, line: 'second' })
      const headers = { authentication: token }
      const url = `${rig.hub.url}/bots/${second}/jobs/schedule`
      assert.notEqual(second, bot)
      const answer = await ask(url, { script_id: script, lead_id: lead }, { headers })
      assert.equal(answer.status, 404)
      const all = await createToken(rig)
      const open = await ask(
        url,
        { script_id: script, lead_id: lead },
        { headers: { authentication: all.token } },
      )
      assert.equal(open.status, 200)
    })
  })
}
