import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatwootRig, startChatwootRig } from '../helpers/chatwoot-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_TOKEN } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

for (const store of testStores()) {
  describe(`the door for Chatwoot on ${store.name}`, () => {
    it('refuses what is not signed, wrongly or long ago, and what is not for this line', async () => {
      await using rig = await startChatwootRig(store)
      await rig.connect()
      const payload = { event: 'conversation_updated' }
      const old = String(Math.floor(rig.clock.now() / 1000) - 301)
      const elsewhere = (url: string) => url.replace(/\/(\d+)\?/, '/99999?')
      const statuses = {
        good: await rig.post({ payload }),
        unsigned: await rig.post({ payload, headers: { 'x-chatwoot-signature': '' } }),
        otherSecret: await rig.post({ payload, secret: 'another-secret' }),
        changedBody: await rig.post({ payload, body: '{"event":"message_created"}' }),
        oldTimestamp: await rig.post({ payload, headers: { 'x-chatwoot-timestamp': old } }),
        noTimestamp: await rig.post({ payload, headers: { 'x-chatwoot-timestamp': 'now' } }),
        noToken: await rig.post({ payload, url: (url) => url.replace(/\?.*/, '') }),
        otherLine: await rig.post({ payload, url: elsewhere }),
        oddLine: await rig.post({ payload, url: (url) => url.replace(/\/\d+\?/, '/1e0?') }),
        otherPortal: await rig.post({ payload, url: (url) => url.replace(/prt_./, 'prt_!') }),
      }
      const { good, ...others } = statuses
      assert.equal(good.status, 200)
      for (const [name, { status }] of Object.entries(others)) assert.equal(status, 401, name)
    })

    it('refuses garbage, bombs and what is about another inbox, and lives', async () => {
      await using rig = await startChatwootRig(store)
      await rig.connect()
      const sign = (body: string) => rig.signed(body)
      const deep = '['.repeat(100_000)
      const wide = `{"event":"message_created","content_attributes":{"items":[${'{},'.repeat(200_000)}{}]}}`
      const bodies = [
        '',
        'null',
        '[]',
        '"x"',
        '{',
        '\ud800',
        deep,
        wide,
        '{"event":{"a":1}}',
        '{"event":"message_created","id":"1"}',
      ]
      for (const body of bodies) {
        const { status } = await sign(body)
        assert.ok(status === 200 || status === 400, `${body.slice(0, 40)}: ${status}`)
      }
      assert.equal((await sign('x'.repeat(1024 * 1024 + 1))).status, 413)
      const other = JSON.stringify({ event: 'message_created', id: 5, inbox: { id: 4711 } })
      assert.equal((await sign(other)).status, 400)
      const account = JSON.stringify({ event: 'message_created', id: 5, account: { id: 4711 } })
      assert.equal((await sign(account)).status, 400)
      assert.equal((await sign('{"event":"conversation_updated"}')).status, 200)
    })

    it('is entered at Chatwoot anew when its address or secret has changed, and inboxes when deleted', async () => {
      await using rig = await startChatwootRig(store)
      const { chatwoot, hub } = rig
      const { model } = chatwoot
      await rig.connect()
      const [inbox] = model.inboxes
      assert.ok(inbox)
      const good = inbox.webhook_url
      inbox.webhook_url = good.replace(/^http:\/\/[^/]+/, 'https://old.example')
      assert.equal((await rig.connect()).ok, true)
      assert.equal(inbox.webhook_url, good)
      await rig.upkeep()
      await hub.app.services.portalOperations.rotate(rig.portalId, { revokeOld: true })
      assert.equal((await rig.post({ payload: {} })).status, 401)
      await rig.upkeep()
      assert.notEqual(inbox.webhook_url, good)
      assert.equal((await rig.post({ payload: {} })).status, 200)
      model.inboxes.length = 0
      assert.equal((await rig.connect()).ok, true)
      assert.equal(model.inboxes.length, 1)
      assert.notEqual(model.inboxes[0]?.id, inbox.id)
      await rig.write('again')
      await chatwoot.waitForText('again')
      assert.equal(rig.conversation().inbox_id, model.inboxes[0]?.id)
    })

    it('has one inbox for a line that is tested many times at once', async () => {
      await using rig = await startChatwootRig(store)
      const { lineOperations } = rig.hub.app.services
      const settings = { token: BOT_TOKEN, apiRoot: rig.telegram.url }
      await lineOperations.save(lineOf(rig), settings)
      const line = await lineOperations.find(lineOf(rig))
      const test = () => lineOperations.test(line)
      const tested = await Promise.all([test(), test(), test()])
      assert.ok(tested.some(({ ok }) => ok))
      assert.equal(rig.chatwoot.model.inboxes.length, 1)
    })

    it('says in words what is wrong with the settings', async () => {
      await using rig = await startChatwootRig(store)
      const words = async (settings: Record<string, string>): Promise<string> => {
        await rig.hub.app.services.portalOperations.edit(rig.portalId, { settings })
        return JSON.stringify((await rig.connect()).portal)
      }
      assert.match(await words({ apiToken: 'wrong' }), /refuses the access token/)
      const { apiToken } = rig.chatwoot.settings
      assert.match(await words({ apiToken, accountId: '77' }), /no such account/)
      assert.match(
        await words({ baseUrl: `${rig.hub.url}/console` }),
        /not the address of Chatwoot|not Chatwoot/,
      )
      assert.equal((await words({ ...rig.chatwoot.settings })).includes('"ok":true'), true)
    })

    it("tells agents in the portal's language that a line is broken, and that it is well again", async () => {
      await using rig = await startChatwootRig(store, { language: 'ru' })
      await rig.connect()
      const { services } = rig.hub.app
      const line = await services.lineOperations.find(lineOf(rig))
      await services.lineOperations.pause(line, 'test')
      await waitFor(() => rig.chatwoot.notes().length === 1, 'a note')
      assert.match(rig.chatwoot.notes()[0] ?? '', /[а-я]/)
      await services.lineOperations.resume(line)
      await waitFor(() => rig.chatwoot.notes().length === 2, 'another note')
      assert.match(rig.chatwoot.notes()[1] ?? '', /Линия снова работает/)
      assert.equal(rig.chatwoot.model.conversations.length, 1)
    })
  })
}

function lineOf({ portalId }: ChatwootRig) {
  return { portalId, connector: 'telegram', externalId: '12' }
}
