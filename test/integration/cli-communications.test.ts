import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDesk } from '../helpers/comm-desk.ts'
import { LINE } from '../helpers/comm-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const WELCOME = {
  code: 'welcome',
  name: 'Welcome',
  steps: [
    { send: { text: 'Hello {{ lead.name }}, at {{ params.time }}!' } },
    { tag: { add: ['greeted'] } },
    { waitReply: { timeoutSec: 86_400, save: 'city' } },
    { wait: 3600 },
    { notify: { city: '{{ lead.attributes.city }}' } },
  ],
}

for (const store of testStores()) {
  describe(`the communications on the command line, on ${store.name}`, () => {
    it('saves scripts, gives them back as they are saved, tests and deletes them', async () => {
      await using desk = await openDesk(store)
      const { cli, rig } = desk
      await rig.says(7001, 'hi')
      const lead = await rig.leadOf(7001)
      const file = await desk.file('welcome.json', WELCOME)
      const saved = await cli.json(desk.words('script', 'save', file))
      assert.deepEqual(saved, { id: 1, code: 'welcome', version: 1 })
      assert.deepEqual(
        await cli.json(desk.words('script', 'get', 'welcome')),
        await rig.call('getScript', { code: 'welcome' }),
      )
      const out = join(desk.folder, 'out.json')
      const got = await cli.run(desk.words('script', 'get', 'id:1', '--out', out))
      assert.equal(got.stdout, `Written to ${out}.\n`)
      const written = await readFile(out)
      assert.deepEqual(JSON.parse(written.toString()), WELCOME)
      // What is the same is no new version.
      const again = await cli.run(desk.words('script', 'save', '-'), written)
      assert.equal(again.stdout, 'Script welcome is saved, version 1.\n')
      assert.deepEqual(await cli.json(desk.words('script', 'list')), await rig.call('listScripts'))
      const listed = await cli.run(desk.words('script', 'list'))
      assert.match(
        listed.stdout,
        /^CODE +NAME +VERSION +ID +CHANGED\nwelcome +Welcome +1 +1 +.+ ago\n$/,
      )
      const asked = ['--lead', String(lead), '--params', '{"time":"15:30"}']
      const told = await cli.run(desk.words('script', 'test', 'welcome', ...asked))
      assert.deepEqual(told.stdout.split('\n'), [
        '1. sends "Hello Ann, at 15:30!"',
        '2. adds the tags greeted',
        '3. waits up to 1 d for an answer; here nobody answers',
        '4. waits 1 h',
        '5. tells the portal {"city":""}',
        'Then it is done.',
        'Nothing was sent.',
        '',
      ])
      assert.deepEqual(rig.sentTo(7001), [])
      const refused = await desk.fails(desk.words('script', 'delete', 'welcome'), 1)
      assert.match(refused, /^this deletes script welcome .*repeat it with --yes/)
      assert.deepEqual(await cli.json(desk.words('script', 'delete', 'welcome', '--yes')), {
        ok: true,
      })
      assert.equal(
        await desk.fails(desk.words('script', 'get', 'welcome'), 1),
        'there is no such script',
      )
    })

    it('shows, tags and marks recipients', async () => {
      await using desk = await openDesk(store)
      const { cli, rig } = desk
      await rig.says(7001, 'hi', { first_name: 'Ann\u202e\u001b[31m' })
      await rig.says(7002, 'hi')
      await rig.blocks(7002)
      const lead = String(await rig.leadOf(7001))
      const tagged = await cli.json(
        desk.words('recipient', 'tag', '--lead', lead, '--add', 'vip', '--add', 'news'),
      )
      assert.deepEqual(tagged, await rig.call('getRecipient', { chat: { id: '7001' } }))
      const marked = await cli.json<{ attributes: object }>(
        desk.words('recipient', 'set', '--chat', '7001', 'city=Berlin', 'visits:=3', 'zip=0123'),
      )
      assert.deepEqual(marked.attributes, { city: 'Berlin', visits: 3, zip: '0123' })
      assert.match(
        await desk.fails(
          desk.words('recipient', 'set', '--chat', '7001', '__proto__:={"a":1}'),
          64,
        ),
        /^attributes.__proto__ can not be a name$/,
      )
      const unset = await cli.json<{ attributes: object }>(
        desk.words('recipient', 'set', '--lead', lead, '--unset', 'zip'),
      )
      assert.deepEqual(unset.attributes, { city: 'Berlin', visits: 3 })
      assert.deepEqual(
        await cli.json(desk.words('recipient', 'list', '--tag', 'vip', '--tag', 'news')),
        await rig.call('listRecipients', { tags: ['vip', 'news'] }),
      )
      const listed = await cli.run(desk.words('recipient', 'list', '--tag', 'vip'))
      assert.match(listed.stdout, /Ann\\u\{202e\}\\u\{1b\}\[31m .*vip.* ago/)
      await waitFor(async () => {
        const blocked = await cli.json<{ items: { chat: object }[] }>(
          desk.words('recipient', 'list', '--blocked'),
        )
        return blocked.items.length === 1 && blocked.items[0]?.chat
      }, 'the one who has blocked the bot')
      const shown = await cli.run(desk.words('recipient', 'get', '--lead', lead))
      assert.match(shown.stdout, /^Recipient \d+, chat 7001\n {2}name +Ann\\u\{202e\}/)
      const page = await cli.run(desk.words('recipient', 'list', '--limit', '1'))
      assert.match(page.stdout, /\nThere are more: --cursor \S+\n$/)
    })

    it('schedules what a hub that runs finds by itself, and cancels it', async () => {
      await using desk = await openDesk(store)
      const { cli, rig } = desk
      await rig.says(7001, 'hi')
      const lead = String(await rig.leadOf(7001))
      const greet = { code: 'greet', steps: [{ send: { text: 'Hello {{ params.who }}' } }] }
      await cli.json(desk.words('script', 'save', '-'), JSON.stringify(greet))
      const whom = ['--script', 'greet', '--lead', lead]
      const params = await desk.file('params.json', { who: 'you' })
      const first = await cli.run(desk.words('job', 'schedule', ...whom, '--params', `@${params}`))
      const since = performance.now()
      await rig.waitForSent(7001, 1)
      const tookMs = performance.now() - since
      assert.deepEqual(rig.sentTo(7001), ['Hello you'])
      assert.match(first.stdout, /^job_\S+ is due at \S+ \(.+ ago\)\.\n$/)
      // What another process has put in is found in 250 ms; the rest is for a machine that is busy.
      assert.ok(tookMs < 1500, `${tookMs} ms`)
      const later = await cli.json<{ id: string }>(
        desk.words('job', 'schedule', ...whom, '--in', '20h', '--params', '{"who":"later"}'),
      )
      assert.deepEqual(await cli.json(desk.words('job', 'list')), await rig.call('listJobs'))
      const table = (await cli.run(desk.words('job', 'list'))).stdout
      assert.match(table, /scheduled +in (19 h 59 min|20 h) +script greet +\d+ +0/)
      assert.match(table, /done +.+ ago +script greet/)
      const told = await cli.run(desk.words('job', 'cancel', later.id))
      assert.match(told.stdout, new RegExp(`^${later.id} is cancelled\\.\n {2}runs +script greet`))
      const daily = await cli.json<{ dueAt: string }>(
        desk.words(
          ...(['job', 'schedule', ...whom, '--cron', '0 9 * * *'] as const),
          ...['--zone', 'Europe/Berlin', '--until', '2100-01-01T00:00:00Z', '--key', 'daily'],
        ),
      )
      assert.ok(Date.parse(daily.dueAt) > rig.clock.now())
    })

    it('saves triggers and broadcasts, and follows a run to its end', async () => {
      await using desk = await openDesk(store)
      const { cli, rig } = desk
      for (const chat of [7001, 7002, 7003]) await rig.says(chat, 'hi')
      const lead = await rig.leadOf(7003)
      await rig.blocks(7003)
      await waitFor(async () => (await rig.call('getRecipient', { lead }))['blockedAt'])
      const trigger = {
        code: 'price',
        on: ['text:price'],
        condition: 'return true',
        steps: [{ send: { text: 'It is 7.' } }],
        cooldownSec: 60,
        enabled: true,
      }
      await cli.json(desk.words('trigger', 'save', '-'), JSON.stringify(trigger))
      const got = await cli.run(desk.words('trigger', 'get', 'price'))
      assert.deepEqual(JSON.parse(got.stdout), trigger)
      assert.equal((await cli.run(desk.words('trigger', 'save', '-'), got.stdout)).code, 0)
      assert.deepEqual(
        await cli.json(desk.words('trigger', 'list')),
        await rig.call('listTriggers'),
      )
      await rig.says(7001, 'Price')
      await rig.waitForSent(7001, 1)
      const spring = { code: 'spring', script: 'news', filter: {}, ratePerMinute: 6000 }
      const save = desk.words('broadcast', 'save', '-')
      assert.match(
        await desk.fails(save, 1, JSON.stringify([spring, { ...spring, code: 'x', filter: 1 }])),
        /^stdin: broadcast 2 \(x\): filter .*; broadcast 1 \(spring\): there is no such script$/,
      )
      const news = { code: 'news', steps: [{ send: { text: '{{ params.what }}' } }] }
      await cli.json(desk.words('script', 'save', '-'), JSON.stringify(news))
      assert.deepEqual(await cli.json(save, JSON.stringify([spring])), [{ id: 1, code: 'spring' }])
      // The hub's own answer first: it writes down what it has noted of people before it reads.
      const matched = await rig.call('previewBroadcast', { code: 'spring' })
      assert.deepEqual(await cli.json(desk.words('broadcast', 'preview', 'spring')), matched)
      const preview = await cli.run(desk.words('broadcast', 'preview', 'spring'))
      assert.match(preview.stdout, /^It would reach 2:\nLEAD +CHAT +NAME +TAGS\n/)
      const watched = await cli.run(
        desk.words('broadcast', 'start', 'spring', '--params', '{"what":"Spring!"}', '--watch'),
      )
      assert.equal(watched.code, 0)
      assert.match(watched.stdout, /^Broadcast spring runs as (brn_\S+)\.\n/)
      assert.match(
        watched.stdout,
        /brn_\S+ is done: 3 of 3; 2 sent, 1 have blocked the account\.\n$/,
      )
      assert.deepEqual(rig.sentTo(7002), ['Spring!'])
      const [, run = ''] = /(brn_\w+)/.exec(watched.stdout) ?? []
      assert.deepEqual(
        await cli.json(desk.words('broadcast', 'status', run)),
        await rig.call('getBroadcast', { run }),
      )
      const listed = desk.words('broadcast', 'runs', 'spring')
      assert.deepEqual(
        await cli.json(listed),
        await rig.call('listBroadcastRuns', { code: 'spring' }),
      )
      assert.match((await cli.run(listed)).stdout, /^RUN +STATE .*\nbrn_\S+ +done +3 +0 +0 /)
      assert.equal(await desk.fails(desk.words('broadcast', 'pause', run), 1), 'the run is done')
      const later = await cli.json<{ run: string }>(
        desk.words('broadcast', 'start', 'spring', '--at', '2100-01-01T00:00:00Z'),
      )
      for (const [verb, state] of [
        ['pause', 'paused'],
        ['resume', 'scheduled'],
        ['cancel', 'cancelled'],
      ] as const) {
        const moved = await cli.json<{ state: string }>(desk.words('broadcast', verb, later.run))
        assert.equal(moved.state, state)
      }
      assert.deepEqual(
        await cli.json(desk.words('broadcast', 'list')),
        await rig.call('listBroadcasts'),
      )
      assert.match(
        await desk.fails(desk.words('script', 'delete', 'news', '--yes'), 1),
        /^the script is used by /,
      )
      await cli.json(desk.words('broadcast', 'delete', 'spring', '--yes'))
      await rig.hub.stop()
      const late = JSON.stringify({ ...spring, code: 'late' })
      await cli.json(save, late)
      const without = await cli.run(desk.words('broadcast', 'start', 'late'))
      assert.match(without.stdout, /\nNo hub runs on this store now: it begins when one does\.\n$/)
      await cli.json(desk.words('broadcast', 'delete', 'late', '--yes'))
      await cli.json(desk.words('trigger', 'delete', 'price', '--yes'))
      await cli.json(desk.words('script', 'delete', 'news', '--yes'))
    })

    it('makes slots and tokens that other systems can use at once', async () => {
      await using desk = await openDesk(store)
      const { cli, rig } = desk
      await rig.says(7001, 'hi')
      const portal = rig.portal.id
      const hub = rig.hub.url
      const slot = {
        name: 'Order',
        destination: LINE,
        ...{ templateName: 'order', namespace: 'shop', language: 'en' },
        text: 'Order {{ data["order"] }}',
      }
      const file = await desk.file('slot.json', slot)
      const order = { chat_id: '7001', order: 17, is_urgent: true }
      const json = { 'content-type': 'application/json' }
      const post = async (webhook: string): Promise<number> => {
        const address = new URL(new URL(webhook).pathname, hub)
        const body = JSON.stringify(order)
        return (await fetch(address, { method: 'POST', headers: json, body })).status
      }
      const saved = await cli.run(['slot', 'save', portal, file])
      const [, webhook = ''] = /^Slot 1 is saved\.\nwebhook {2}(\S+)\n$/.exec(saved.stdout) ?? []
      assert.equal(await post(webhook), 200)
      await rig.waitForSent(7001, 1)
      assert.deepEqual(rig.sentTo(7001), ['Order 17'])
      const moved = await cli.json<{ webhook: string }>(['slot', 'regenerate', portal, '1'])
      assert.deepEqual([await post(webhook), await post(moved.webhook)], [404, 200])
      const { items } = await cli.json<{ items: { webhook: string }[] }>(['slot', 'list', portal])
      assert.deepEqual([items.length, items[0]?.webhook], [1, moved.webhook])
      const renamed = JSON.stringify({ id: 1, ...slot, name: 'Shipped' })
      assert.equal((await cli.run(['slot', 'save', portal, '-'], renamed)).code, 0)
      assert.match((await cli.run(['slot', 'list', portal])).stdout, /\n1 +Shipped +telegram\/12 /)
      assert.match(
        await desk.fails(['slot', 'save', portal, '-'], 1, '{"name":" ","text":7}'),
        /^stdin: name Please enter text\.; destination .*; templateName Please enter text\./,
      )
      assert.match(
        await desk.fails(['slot', 'delete', portal, '1'], 1),
        /^this deletes slot 1 .*--yes/,
      )
      await cli.json(['slot', 'delete', portal, '1', '--yes'])
      assert.equal(await post(moved.webhook), 404)
      assert.equal(await desk.fails(['slot', 'list', 'prt_none'], 1), 'there is no portal prt_none')

      const ofLine = ['--connector', LINE.connector, '--line', LINE.line]
      const made = await cli.run(['token', 'create', portal, 'shop', ...ofLine])
      const [, token = ''] = /^token {2}(hbt_\S+)\nid {5}1\n/.exec(made.stdout) ?? []
      const { bot } = await rig.call<{ bot: number }>('getStatus')
      const schedule = async (): Promise<number> => {
        const address = new URL(`/bots/${bot}/jobs/schedule`, hub)
        const body = JSON.stringify({ script_code: 'none', lead_id: 1 })
        const headers = { ...json, authentication: token }
        return (await fetch(address, { method: 'POST', headers, body })).status
      }
      assert.equal(await schedule(), 404)
      const listed = await cli.run(['token', 'list', portal])
      assert.match(listed.stdout, /\n1 +shop +telegram\/12 +.+ ago +.+ ago\n$/)
      assert.ok(!listed.stdout.includes(token))
      assert.match(
        await desk.fails(['token', 'create', portal, 'shop', '--line', '12'], 64),
        /^--line give connector and line, or neither$/,
      )
      assert.equal(
        (await cli.run(['token', 'revoke', portal, '1'])).stdout,
        'Token 1 is revoked.\n',
      )
      assert.equal(await schedule(), 401)
      assert.equal(await desk.fails(['token', 'revoke', portal, '1'], 1), 'there is no token 1')
    })
  })
}
