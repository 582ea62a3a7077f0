import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ADMIN_ENV, askConsole, type ConsoleReply, codeOf, OPERATOR } from '../helpers/console.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { failureOf } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'

const SETTINGS = { token: '1:PLANTED-token-000000000000000000000' }
const LINE = { connector: 'telegram', line: '1' }
const STEPS = [{ end: true }]

/** A control character, a line end, a null, and what turns the direction of text. */
const UNSHOWN = ['a\u0000b', 'a\nb', 'a\u007fb', 'a\u0085b', 'a\u2028b', 'a\u202eb', 'a\u2066b']
const SHOWN = ['مكتب الدعم', 'עברית\u200f', '👩‍👩‍👧‍👦 ❤️', 'Отдел «Юг»', '<b>&', 'می‌خواهم']

function faultsOf({ body }: ConsoleReply): Record<string, string> {
  const { fields = [] } = (body as { error: { fields?: { field: string; problem: string }[] } })
    .error
  return Object.fromEntries(fields.map(({ field, problem }) => [field, problem]))
}

for (const store of testStores()) {
  describe(`what the admin API refuses on ${store.name}`, () => {
    let database: OpenStore
    let hub: TestHub
    let portal: TestPortal
    let id = 0
    before(async () => {
      database = await store.open()
      hub = await startTestHub({ databaseUrl: database.databaseUrl, env: ADMIN_ENV })
      portal = await addTestPortal(hub)
      const body = { portal: portal.id, ...LINE, settings: SETTINGS }
      id = ((await ask('/lines', 'PUT', body)).body as { id: number }).id
    })
    after(async () => {
      await portal[Symbol.asyncDispose]()
      await hub.stop()
      await database.dispose()
    })

    const ask = (path: string, method = 'GET', body?: unknown) =>
      askConsole(hub, OPERATOR, `/v1${path}`, { method, ...(body === undefined ? {} : { body }) })
    const call = (method: string, params: object) =>
      ask(`/portals/${portal.id}/methods/${method}`, 'POST', params)

    /** Where a person gives a name, and the field that is at fault. */
    const givers: Readonly<
      Record<string, readonly [string, (name: string) => Promise<ConsoleReply>]>
    > = {
      'a new portal': [
        'name',
        (name) => ask('/portals', 'POST', { name, url: 'https://crm.example.com' }),
      ],
      'a portal': ['name', (name) => ask(`/portals/${portal.id}`, 'PATCH', { name })],
      'a script': [
        'name',
        (name) => call('saveScript', { ...LINE, code: 's', name, steps: STEPS }),
      ],
      'a trigger': [
        'name',
        (name) => call('saveTrigger', { ...LINE, code: 't', name, on: ['first'], steps: STEPS }),
      ],
      'a token': ['name', (name) => call('createApiToken', { ...LINE, name })],
      'a tag of a job': [
        'addTags.0',
        (tag) => call('scheduleJob', { ...LINE, steps: STEPS, lead: 1, addTags: [tag] }),
      ],
      'a tag of a recipient': [
        'addTags.0',
        (tag) => call('updateRecipient', { ...LINE, lead: 1, addTags: [tag] }),
      ],
      'a setting': [
        'settings.senderName',
        (senderName) =>
          ask('/lines', 'PUT', {
            ...{ portal: portal.id, connector: 'viber', line: 'v' },
            settings: {
              authToken: '0'.repeat(50),
              senderName: senderName.replace(/[\n\u2028]/, '\u0007'),
            },
          }),
      ],
    }

    for (const [what, [field, give]] of Object.entries(givers)) {
      it(`names of ${what} with characters that nobody sees`, async () => {
        for (const name of UNSHOWN) {
          const reply = await give(name)
          assert.deepEqual([reply.status, codeOf(reply)], [400, 'HUB_BAD_PARAMS'], reply.text)
          assert.match(faultsOf(reply)[field] ?? reply.text, /must not hold control characters/)
        }
        for (const name of SHOWN) {
          const reply = await give(name)
          assert.equal(faultsIn(reply)[field], undefined, reply.text)
        }
      })
    }

    it('but a portal of such a name from before is shown, and changed otherwise', async () => {
      const name = 'old\u202ename\n'
      await hub.app.services.store.run('UPDATE portal SET name = ? WHERE id = ?', [name, portal.id])
      const shown = await ask(`/portals/${portal.id}`)
      assert.equal((shown.body as { name: string }).name, name)
      const changed = await ask(`/portals/${portal.id}`, 'PATCH', { language: 'ru' })
      assert.equal(changed.status, 200, changed.text)
    })

    it('bodies that are no object, and a change that names nothing', async () => {
      const bodies = [
        ['POST', '/portals'],
        ['PATCH', `/portals/${portal.id}`],
        ['POST', `/portals/${portal.id}/rotate`],
        ['POST', `/portals/${portal.id}/methods/listLines`],
        ['PUT', '/lines'],
        ['POST', `/lines/${id}/pause`],
        ['PUT', `/lines/${id}/settings`],
        ['DELETE', `/lines/${id}/trace`],
      ] as const
      for (const [method, path] of bodies) {
        for (const body of [[], null, 'text', 5]) {
          const reply = await ask(path, method, body)
          assert.deepEqual([reply.status, codeOf(reply)], [400, 'HUB_BAD_PARAMS'], path)
          assert.deepEqual(faultsOf(reply), { body: 'must be an object' })
        }
      }
      const nothing = await ask(`/portals/${portal.id}`, 'PATCH', {})
      assert.equal(nothing.status, 400)
      assert.deepEqual(faultsOf(nothing), { body: 'names nothing that is to be changed' })
    })

    it('parameters that are unknown or given twice', async () => {
      const twice = await ask('/lines?limit=1&limit=2&nope=1')
      assert.equal(twice.status, 400)
      assert.deepEqual(faultsOf(twice), { limit: 'is given more than once', nope: 'unknown field' })
      for (const path of ['/overview', '/connectors', `/lines/${id}`, '/live']) {
        const unknown = await ask(`${path}?nope=1`)
        assert.equal(unknown.status, 400, path)
        assert.deepEqual(faultsOf(unknown), { nope: 'unknown field' })
      }
    })

    it('cursors that were never given out', async () => {
      const lists = [`/lines/${id}/dead-letters`, '/lines', '/portals', `/lines/${id}/trace`]
      for (const path of lists) {
        for (const cursor of ['', "'", '%00', 'AAAA', '-1', 'evt_0000000000009', 'x'.repeat(65)]) {
          const reply = await ask(`${path}?cursor=${cursor}`)
          assert.equal(reply.status, 400, `${path} ${cursor}`)
          assert.deepEqual(Object.keys(faultsOf(reply)), ['cursor'])
        }
      }
      const methods = [
        ...['listDeadLetters', 'listRecipients', 'getTrace', 'listScripts', 'listTriggers'],
        ...['listJobs', 'listBroadcasts', 'listNotifications', 'listApiTokens', 'listLines'],
      ]
      for (const method of methods) {
        const params = ['listLines', 'listNotifications'].includes(method) ? {} : LINE
        for (const cursor of ['', "'", '\u0000', ' ']) {
          const reply = await call(method, { ...params, cursor })
          assert.equal(reply.status, 400, `${method} ${reply.text}`)
          assert.deepEqual(Object.keys(faultsOf(reply)), ['cursor'])
        }
      }
    })

    it('and the pages of portals go on behind one that was removed', async () => {
      const ids: string[] = []
      for (const name of ['b', 'c', 'd']) {
        const made = await ask('/portals', 'POST', { name, url: 'https://crm.example.com' })
        ids.push((made.body as { portal: { id: string } }).portal.id)
      }
      const all = ((await ask('/portals?limit=200')).body as { items: { id: string }[] }).items
      const at = all.findIndex((one) => one.id === ids[1])
      const page = (await ask(`/portals?limit=${at + 1}`)).body as { cursor: string }
      await ask(`/portals/${ids[1]}`, 'DELETE')
      const rest = await ask(`/portals?cursor=${page.cursor}`)
      assert.deepEqual(
        (rest.body as { items: { id: string }[] }).items.map((one) => one.id),
        all.slice(at + 1).map((one) => one.id),
      )
    })

    it('a field is named once where its value is of another type', async () => {
      const params = { embedIn: 'https://crm.example.com', ttlSec: 'long' }
      const { message, fields } = await failureOf(portal.hub.createConsoleLink(params))
      assert.match(message, /bad params: ttlSec, embedIn$/)
      assert.deepEqual(fields, ['embedIn', 'ttlSec'])
    })
  })
}

/** None where it was done. */
function faultsIn(reply: ConsoleReply): Record<string, string> {
  return codeOf(reply) === undefined ? {} : faultsOf(reply)
}
