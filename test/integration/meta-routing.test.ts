import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { SeenMemory } from '../../src/db/inbox/seen-memory.ts'
import { prune } from '../../src/jobs/prune.ts'
import type { FakeGraph } from '../fakes/graph.ts'
import type { FakeApp } from '../fakes/graph-model.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { META_APP, PAGE, PERSON, startFakeMeta } from '../helpers/meta-kit.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import type { StatusShape, TestResultShape } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const SECOND = { id: '222', token: 'PLANTED-token-of-the-second-page' }
const THIRD = { id: '333', token: 'PLANTED-token-of-the-third-page' }
const OTHER_APP = { id: '9901', secret: 'PLANTED-secret-of-the-other-app' }

function text(pageId: string, mid: string, words = mid): object {
  return {
    sender: { id: PERSON },
    recipient: { id: pageId },
    timestamp: 1_767_225_600_000,
    message: { mid, text: words },
  }
}

function entry(pageId: string, ...messaging: object[]): object {
  return { id: pageId, time: 1, messaging }
}

function page(...entries: object[]): object {
  return { object: 'page', entry: entries }
}

for (const kind of testStores()) {
  describe(`one callback address for all pages of an app, on ${kind.name}`, () => {
    let database: OpenStore
    let hub: TestHub
    let graph: FakeGraph
    let portal: TestPortal
    let other: TestPortal
    let app: FakeApp
    let otherApp: FakeApp
    let firstUrl: string
    let secondUrl: string

    beforeEach(async () => {
      database = await kind.open()
      graph = await startFakeMeta()
      app = graph.apps.get(META_APP.id) as FakeApp
      otherApp = graph.addApp(OTHER_APP.id, OTHER_APP.secret)
      graph.addAccount({ ...SECOND, app, name: 'Second' })
      graph.addAccount({ ...THIRD, app: otherApp, name: 'Third' })
      hub = await startTestHub({ databaseUrl: database.databaseUrl })
      portal = await addTestPortal(hub)
      other = await addTestPortal(hub)
      firstUrl = await connect(portal, '1', PAGE)
      secondUrl = await connect(other, '2', SECOND)
    })
    afterEach(async () => {
      await portal[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await hub.stop()
      await graph[Symbol.asyncDispose]()
      await database.dispose()
    })

    async function connect(
      owner: TestPortal,
      line: string,
      account: { id: string; token: string },
      of: { id: string; secret: string } = META_APP,
    ): Promise<string> {
      const address = { connector: 'facebook', line }
      await owner.hub.saveSettings({
        ...address,
        settings: {
          pageId: account.id,
          pageAccessToken: account.token,
          appId: of.id,
          appSecret: of.secret,
          apiRoot: graph.url,
        },
      })
      const result = await owner.hub.testConnect<TestResultShape>(address)
      assert.ok(result.ok, JSON.stringify(result))
      return result.status.webhookUrl
    }

    /** The hub listens on another port each time. */
    function addressOf(url: string): string {
      return `${hub.url}/webhook${new URL(url).search}`
    }

    function idsAt(owner: TestPortal): string[] {
      return owner.server.events.flatMap((event) =>
        event.type === 'message.new' ? [messageIdOf(event)] : [],
      )
    }

    async function arrives(owner: TestPortal, ids: readonly string[]): Promise<void> {
      await waitFor(() => idsAt(owner).length >= ids.length, `${ids} at the portal`)
      assert.deepEqual(idsAt(owner), ids)
    }

    async function depth(owner: TestPortal, line: string): Promise<number> {
      const status = await owner.hub.getStatus<StatusShape>({ connector: 'facebook', line })
      return status.queue.depth
    }

    it('takes what comes to the own address', async () => {
      const answer = await graph.push(
        firstUrl,
        page(entry(PAGE.id, text(PAGE.id, 'm_1', 'Ä/ö'))),
        app,
      )
      assert.deepEqual(answer, { status: 200, body: '' })
      await arrives(portal, ['m_1'])
    })

    it("routes a page's entry that comes to another line's address", async () => {
      const answer = await graph.push(firstUrl, page(entry(SECOND.id, text(SECOND.id, 'm_2'))), app)
      assert.equal(answer.status, 200)
      await arrives(other, ['m_2'])
      assert.deepEqual(idsAt(portal), [])
    })

    it('commits the entries of several lines together, each once however they are gathered', async () => {
      const one = entry(PAGE.id, text(PAGE.id, 'm_1'))
      const two = entry(SECOND.id, text(SECOND.id, 'm_2'), text(SECOND.id, 'm_3'))
      const first = await graph.push(secondUrl, page(one, two), app)
      const again = await graph.push(firstUrl, page(two), app)
      const more = await graph.push(
        firstUrl,
        page(entry(PAGE.id, text(PAGE.id, 'm_1'), text(PAGE.id, 'm_4'))),
        app,
      )
      assert.deepEqual([first.status, again.status, more.status], [200, 200, 200])
      await arrives(portal, ['m_1', 'm_4'])
      await arrives(other, ['m_2', 'm_3'])
    })

    it('takes a body of 3 MiB in one commit, and refuses a larger one with 413', async () => {
      const items = Array.from({ length: 700 }, (_, index) =>
        text(index % 2 === 0 ? PAGE.id : SECOND.id, `m_${index}`, 'x'.repeat(4200)),
      )
      const body = page(
        ...items.map((item, index) => entry(index % 2 === 0 ? PAGE.id : SECOND.id, item)),
      )
      const raw = JSON.stringify(body)
      const fill = ' '.repeat(3 * 1024 * 1024 - raw.length)
      assert.equal((await graph.push(firstUrl, `${raw}${fill} `, app)).status, 413)
      assert.equal((await graph.push(firstUrl, raw + fill, app)).status, 200)
      await waitFor(() => idsAt(portal).length + idsAt(other).length === 700, 'all of it', 20_000)
      assert.deepEqual(
        [...idsAt(portal), ...idsAt(other)].sort(),
        items.map((_, index) => `m_${index}`).sort(),
      )
    })

    it('knows a message that is repeated six days later', async () => {
      const body = page(entry(PAGE.id, text(PAGE.id, 'm_1')))
      assert.equal((await graph.push(firstUrl, body, app)).status, 200)
      await arrives(portal, ['m_1'])
      const { store, clock } = hub.app.services
      const day = 24 * 3600 * 1000
      const options = { dedupeMs: day, deadLetterMs: 7 * day }
      const memory = new SeenMemory(store, clock)
      for (let turn = 0; turn < 2; turn++) await memory.turn('week')
      await prune(store, clock.now() + 6 * day, options)
      assert.equal((await graph.push(firstUrl, body, app)).status, 200)
      const next = page(entry(PAGE.id, text(PAGE.id, 'm_2')))
      assert.equal((await graph.push(firstUrl, next, app)).status, 200)
      await arrives(portal, ['m_1', 'm_2'])
      await prune(store, clock.now() + 9 * day, options)
      const [left] = await store.rows<{ n: number }>('SELECT COUNT(*) AS n FROM seen_week_1')
      assert.equal(left?.n, 0)
    })

    it('counts entries of pages that nobody has connected, and answers 200', async () => {
      const known = entry(PAGE.id, text(PAGE.id, 'm_1'))
      const mixed = await graph.push(firstUrl, page(entry('999', text('999', 'm_x')), known), app)
      const strange = await graph.push(firstUrl, page(entry('999', text('999', 'm_y'))), app)
      assert.deepEqual([mixed.status, strange.status], [200, 200])
      await arrives(portal, ['m_1'])
      assert.match(hub.logText(), /update\.unrouted/)
    })

    it("believes an entry by its own line's app secret, whatever that of the address is", async () => {
      const thirdUrl = await connect(other, '3', THIRD, OTHER_APP)
      const third = page(entry(THIRD.id, text(THIRD.id, 'm_3')))
      assert.equal((await graph.push(firstUrl, third, otherApp)).status, 200)
      await arrives(other, ['m_3'])
      const forged = page(entry(THIRD.id, text(THIRD.id, 'm_4')))
      const both = page(
        entry(THIRD.id, text(THIRD.id, 'm_5')),
        entry(PAGE.id, text(PAGE.id, 'm_6')),
      )
      assert.equal((await graph.push(thirdUrl, forged, app)).status, 401)
      assert.equal((await graph.push(thirdUrl, both, app)).status, 200)
      await arrives(portal, ['m_6'])
      assert.deepEqual(idsAt(other), ['m_3'])
    })

    it('refuses with 401 what no line can believe, and stores nothing of it', async () => {
      const stranger = { ...app, secret: 'made up' }
      for (const id of [PAGE.id, SECOND.id, '999']) {
        const body = page(entry(id, text(id, 'm_1')))
        assert.equal((await graph.push(firstUrl, body, stranger)).status, 401)
      }
      assert.deepEqual([await depth(portal, '1'), await depth(other, '2')], [0, 0])
    })

    it('tells strangers no more of a body than that it is not believed', async () => {
      for (const body of [
        '{}',
        'not JSON',
        '{"object":"page","entry":7}',
        '{"object":"page","entry":[]}',
      ]) {
        const forged = await graph.push(firstUrl, body, { secret: 'made up' })
        const bare = await fetch(firstUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        })
        assert.deepEqual([forged.status, bare.status], [401, 401], body)
      }
    })

    it('refuses with 400 what is no webhook of Meta', async () => {
      for (const body of [[], {}, { object: 'page' }, 'x', page(7 as never)]) {
        assert.equal((await graph.push(firstUrl, body, app)).status, 400, JSON.stringify(body))
      }
      assert.equal((await graph.push(firstUrl, 'not JSON', app)).status, 400)
      assert.deepEqual(idsAt(other), [])
      assert.equal(await depth(other, '2'), 0)
    })

    it('takes the rest of a request with a piece that can not be read, and says so in the log', async () => {
      const good = entry(SECOND.id, text(SECOND.id, 'm_1'))
      const broken = entry(PAGE.id, { ...text(PAGE.id, 'm_2'), message: { text: 'no id' } })
      assert.equal((await graph.push(firstUrl, page(broken, good), app)).status, 200)
      await arrives(other, ['m_1'])
      const logged = hub
        .logText()
        .split('\n')
        .find((line) => line.includes('update.unreadable'))
      assert.match(logged ?? '', /"level":"warn".*"connector":"facebook".*"problem":"[^"]*mid"/)
      assert.doesNotMatch(logged ?? '', /no id/)
    })

    it("goes on serving others through a line's address when that line is disconnected", async () => {
      await portal.hub.disconnect({ connector: 'facebook', line: '1' })
      const second = page(entry(SECOND.id, text(SECOND.id, 'm_2')))
      assert.equal((await graph.push(firstUrl, second, app)).status, 200)
      await arrives(other, ['m_2'])
      const own = page(entry(PAGE.id, text(PAGE.id, 'm_1')))
      assert.equal((await graph.push(firstUrl, own, app)).status, 409)
    })

    it("goes on serving others through a line's address when that line is removed", async () => {
      const { portalOperations } = hub.app.services
      assert.deepEqual(await portalOperations.remove(portal.id), { left: 0 })
      // Nothing is remembered of the line.
      await hub.restart()
      firstUrl = addressOf(firstUrl)
      for (const mid of ['m_2', 'm_3']) {
        const second = page(entry(SECOND.id, text(SECOND.id, mid)))
        assert.equal((await graph.push(firstUrl, second, app)).status, 200)
      }
      await arrives(other, ['m_2', 'm_3'])
      const own = page(entry(PAGE.id, text(PAGE.id, 'm_1')))
      assert.equal((await graph.push(firstUrl, own, app)).status, 404)
      const forged = page(entry(SECOND.id, text(SECOND.id, 'm_4')))
      assert.equal((await graph.push(firstUrl, forged, { secret: 'made up' })).status, 404)
    })

    it('forgets the address of a removed line when it has been of no use for long', async () => {
      await hub.app.services.portalOperations.remove(portal.id)
      await hub.restart()
      firstUrl = addressOf(firstUrl)
      const { store, clock } = hub.app.services
      const day = 24 * 3600 * 1000
      const options = { dedupeMs: day, deadLetterMs: 7 * day }
      await prune(store, clock.now() + 399 * day, options)
      const second = page(entry(SECOND.id, text(SECOND.id, 'm_2')))
      assert.equal((await graph.push(firstUrl, second, app)).status, 200)
      await prune(store, clock.now() + 401 * day, options)
      assert.equal((await graph.push(firstUrl, second, app)).status, 404)
    })

    it('answers what is forged alike for accounts that are connected, idle and unknown', async () => {
      const { lineRepository } = hub.app.services
      const [line] = await lineRepository.list(other.id)
      const { store } = hub.app.services
      await store.run("UPDATE line SET status = 'saved' WHERE id = ?", [line?.id])
      await store.run('UPDATE inbox_line SET epoch = epoch + 1 WHERE line_id = ?', [line?.id])
      const answers = []
      for (const id of [PAGE.id, SECOND.id, '999']) {
        const body = page(entry(id, text(id, 'm_1')))
        answers.push(await graph.push(firstUrl, body, { secret: 'made up' }))
      }
      assert.equal(answers[0]?.status, 401)
      assert.deepEqual(answers[1], answers[0])
      assert.deepEqual(answers[2], answers[0])
    })

    it('follows a page to the line that has taken it over', async () => {
      await connect(other, '9', PAGE)
      const body = page(entry(PAGE.id, text(PAGE.id, 'm_1')))
      assert.equal((await graph.push(firstUrl, body, app)).status, 200)
      await arrives(other, ['m_1'])
      assert.deepEqual(idsAt(portal), [])
    })

    it('takes a new app secret into account at once', async () => {
      await graph.push(firstUrl, page(entry(SECOND.id, text(SECOND.id, 'm_1'))), app)
      await arrives(other, ['m_1'])
      const replaced = { ...app, secret: 'PLANTED-another-secret' }
      graph.apps.set(app.id, replaced)
      graph.revoke(SECOND.token)
      graph.addAccount({ ...SECOND, app: replaced, name: 'Second' })
      await connect(other, '2', SECOND, replaced)
      const body = page(entry(SECOND.id, text(SECOND.id, 'm_2')))
      assert.equal((await graph.push(firstUrl, body, replaced)).status, 200)
      await arrives(other, ['m_1', 'm_2'])
    })

    it('answers the handshake of each line by its own verify token', async () => {
      const settings = { connector: 'facebook', line: '1' }
      const shown = await portal.hub.getSettings<{ settings: Record<string, string> }>(settings)
      const token = shown.settings['verifyToken'] ?? ''
      assert.match(token, /^[0-9a-f]{32,}$/)
      assert.equal(app.subscriptions.get('page')?.callbackUrl, secondUrl)
      assert.equal(await graph.shakeHands(firstUrl, token), true)
      assert.equal(await graph.shakeHands(secondUrl, token), false)
    })
  })
}

function messageIdOf(event: { readonly message?: unknown }): string {
  return (event.message as { id: string }).id
}
