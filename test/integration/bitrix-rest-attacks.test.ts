import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeBitrixRest, flatten, post } from '../fakes/bitrix-rest/portal.ts'
import { CONNECTOR, LINE, openBitrixRig, tokenOf, written } from '../helpers/bitrix-rest-rig.ts'
import { send } from '../helpers/http.ts'
import { LocalServer } from '../helpers/local-server.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ADD = 'ONIMCONNECTORMESSAGEADD'

for (const store of testStores()) {
  describe(`a Bitrix24 application under attack on ${store.name}`, () => {
    it('is installed by nobody but an administrator of its own portal', async () => {
      await using rig = await openBitrixRig(store)
      const { portal, hub } = rig
      const asked: string[] = []
      await using evil = new LocalServer((request, response) => {
        asked.push(String(request.url))
        response.end('{}')
      })
      await evil.listen()
      const page = `${hub.url}/b24/install`
      const open = (more: Record<string, string>, pair = portal.tokens.issue()) =>
        portal.openPage(page, more, pair)
      const elsewhere = { SERVER_ENDPOINT: `${evil.url}/rest/`, DOMAIN: new URL(evil.url).host }

      const invented = { access: 'PLANTED-invented', refresh: 'PLANTED-invented' }
      assert.equal((await open({}, invented)).status, 401)
      portal.methods.code = 'local.00000000000000.11111111'
      assert.equal((await open({})).status, 401)
      portal.methods.code = portal.tokens.clientId
      portal.methods.isNameless = true
      assert.equal((await open(elsewhere)).status, 401)
      portal.methods.isNameless = false
      const form = { AUTH_ID: portal.tokens.issue().access, REFRESH_ID: 'x', member_id: 'm' }
      const foreign = await post(`${page}?DOMAIN=${new URL(evil.url).host}`, form)
      assert.equal(foreign.status, 401)
      const user = await open({}, portal.tokens.issue({ isAdmin: false }))
      assert.match(user.body, /only an administrator/)
      assert.doesNotMatch(user.body, /installFinish/)
      assert.deepEqual(asked, [], 'something went to a server of the caller’s choosing')
      assert.equal(portal.methods.connectors.size, 0)

      const stranger = await open(elsewhere)
      assert.match(stranger.body, /installFinish/)
      portal.tokens.expireAll()
      portal.methods.switchOn(CONNECTOR, LINE)
      const found = await hub.app.services.portalDirectory.find(rig.id)
      assert.ok(found)
      const address = { lineId: 1, connector: 'telegram', externalLine: LINE }
      await hub.app.services.speakers.test(found, address, AbortSignal.timeout(5000))
      assert.deepEqual(asked, [], 'the secret went to a server of the caller’s choosing')
    })

    it('proves an installation by the OAuth server where the portal names no application', async () => {
      await using rig = await openBitrixRig(store)
      const { portal } = rig
      portal.methods.isNameless = true
      await rig.connect()
      assert.ok(portal.tokens.granted > 0)
      const early = portal.tokens.granted
      rig.clock.jump(56 * 60_000)
      await rig.write('Hello')
      await portal.waitForTaken(1)
      assert.equal(portal.tokens.granted, early + 1, 'tokens are renewed before they run out')
      assert.equal(portal.tokens.refused, 0)
    })

    it('believes no tokens of another portal that has the same application', async () => {
      await using rig = await openBitrixRig(store)
      const { portal } = rig
      portal.methods.isNameless = true
      await using evil = await FakeBitrixRest.start(() => rig.clock.now())
      const theirs = () => {
        const { access, refresh } = evil.tokens.issue()
        return {
          ...{ access_token: access, refresh_token: refresh, expires_in: 3600 },
          ...{ member_id: evil.memberId, client_endpoint: `${evil.url}/rest/` },
        }
      }
      // A user of the portal brings along a token to renew that is another portal's.
      const pages = ['install', 'settings?connector=telegram'].map((path) => `b24/${path}`)
      const open = async (path: string) => {
        portal.oauthScript.push({ body: theirs() })
        const pair = portal.tokens.issue({ isAdmin: false })
        return (await portal.openPage(`${rig.hub.url}/${path}`, {}, pair)).status
      }
      for (const path of pages) assert.equal(await open(path), 401, `before: ${path}`)
      await rig.connect()
      for (const path of pages) assert.equal(await open(path), 401, `after: ${path}`)
      await rig.write('Hello')
      await portal.waitForTaken(1)
      assert.deepEqual(evil.calls, [])
    })

    it('takes nobody for an administrator whom the portal says nothing of', async () => {
      await using rig = await openBitrixRig(store)
      const { portal } = rig
      await rig.connect()
      const { access } = portal.tokens.issue({ isAdmin: false })
      portal.methods.failing.set('profile', 'INTERNAL_SERVER_ERROR')
      const forged = { access, refresh: 'PLANTED-of-nobody' }
      const page = await portal.openPage(`${rig.hub.url}/b24/install`, {}, forged)
      assert.match(page.body, /only an administrator/)
      rig.clock.jump(56 * 60_000)
      await rig.write('Hello')
      await portal.waitForTaken(1)
    })

    it('says at every address what it is for, and no more', async () => {
      await using rig = await openBitrixRig(store)
      for (const path of ['install', 'settings']) {
        const page = await send(`${rig.hub.url}/b24/${path}`, { method: 'GET' })
        assert.equal(page.status, 401)
        assert.match(page.body, /Open it inside of your portal.*Откройте её внутри/s)
        assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
      }
      assert.equal((await send(`${rig.hub.url}/b24/events`, { method: 'GET' })).status, 405)
    })

    it('believes events by the token of the installation alone', async () => {
      await using rig = await openBitrixRig(store)
      const { portal, telegram } = rig
      await rig.install()
      assert.equal((await rig.event(ADD, written(1, 'early'))).status, 401)
      await rig.connect()
      const wrong = await rig.event(ADD, written(2, 'forged'), { application_token: 'x' })
      const none = await rig.event(ADD, written(3, 'forged'), { application_token: '' })
      const member = await rig.event(ADD, written(4, 'forged'), { member_id: 'another' })
      const { access } = portal.tokens.issue()
      const own = { application_token: 'x', access_token: access }
      const insider = await rig.event(ADD, written(5, 'forged'), own)
      assert.deepEqual(
        [wrong, none, member, insider].map(({ status }) => status),
        [401, 401, 401, 401],
      )
      assert.equal((await rig.event(ADD, written(6, 'genuine'))).status, 200)
      await waitFor(() => telegram.callsOf('sendMessage').length > 0, 'the genuine one')
      const texts = telegram.callsOf('sendMessage').map(({ params }) => params['text'])
      assert.deepEqual(texts, ['genuine'])
    })

    it('takes no form that is too deep, too long or full of tricks', async () => {
      await using rig = await openBitrixRig(store)
      await rig.connect()
      const url = `${rig.hub.url}/b24/events`
      const auth = flatten({
        event: ADD,
        auth: {
          domain: rig.portal.host,
          member_id: rig.portal.memberId,
          application_token: rig.portal.applicationToken,
        },
      })
      const startedAt = performance.now()
      const deep = await post(url, { ...auth, [`data${'[a]'.repeat(40)}`]: '1' })
      assert.equal(deep.status, 401)
      const wide = `${new URLSearchParams(auth)}&${'data[x][]=1&'.repeat(80_000)}`
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      assert.equal((await send(url, { headers, body: wide })).status, 401)
      assert.equal((await send(url, { headers, body: 'x'.repeat(2_000_000) })).status, 413)
      const proto = { '__proto__[polluted]': '1', 'data[__proto__][polluted]': '1' }
      assert.equal((await post(url, { ...auth, ...proto })).status, 200)
      assert.equal(({} as { polluted?: unknown }).polluted, undefined)
      const strange = { 'data[CONNECTOR]': CONNECTOR, 'data[LINE]': '../7', 'data[MESSAGES]': 'x' }
      assert.equal((await post(url, { ...auth, ...strange })).status, 200)
      assert.ok(performance.now() - startedAt < 5000)
    })

    it('shows faults at their fields, and neither secrets nor markup of others', async () => {
      await using rig = await openBitrixRig(store)
      const { portal, telegram, hub } = rig
      await rig.connect()
      const opened = await rig.openSettings()
      const policy = String(opened.headers['content-security-policy'])
      assert.ok(policy.includes(`frame-ancestors ${portal.url}`), policy)
      assert.match(opened.body, /connected \(Desk\)|connected \(desk_bot\)|connected \(@desk_bot\)/)
      const evil = '"><script>alert(1)</script>'
      const bad = await rig.submit(opened, { ...rig.form(), field_apiRoot: evil })
      assert.match(bad.body, /Not saved/)
      assert.match(bad.body, /id="field_apiRoot"[^>]*aria-invalid="true"/)
      assert.match(bad.body, /id="field_apiRoot_fault"/)
      const refused = await rig.submit(bad, {
        ...rig.form(),
        field_token: '4242:wrong-token-0000000000000000000000',
      })
      assert.match(refused.body, /did not accept it/)
      assert.match(refused.body, /id="field_token_fault"/)
      for (const { body } of [opened, bad, refused]) {
        assert.ok(!body.includes('<script>'), 'markup of others in the page')
        const secrets = [...portal.tokens.all, portal.tokens.clientSecret, portal.applicationToken]
        for (const secret of [...secrets, rig.form().field_token]) {
          assert.ok(!body.includes(secret), 'a secret is in the page')
        }
      }
      const good = await rig.submit(refused, rig.form())
      assert.match(good.body, /Connected\. Messages/)
      const gone = await rig.submit(good, { hub_action: 'disconnect' })
      assert.match(gone.body, /Disconnected/)
      assert.equal((await rig.status()).status, 'disconnected')
      assert.equal(portal.methods.stateOf(CONNECTOR, LINE), undefined)
      assert.ok(telegram.callsOf('deleteWebhook').length > 0)
      assert.ok(!hub.logText().includes(rig.form().field_token))
    })

    it('takes each form once, from its own page, within its time', async () => {
      await using rig = await openBitrixRig(store)
      await rig.connect()
      const page = await rig.openSettings()
      const url = `${rig.hub.url}/b24/settings`
      const sendForm = async (hub_token: string) =>
        (await post(url, { ...rig.form(), hub_token })).status
      const token = tokenOf(page)
      assert.equal(await sendForm(`${token}x`), 401)
      assert.equal(await sendForm(token.replace(/^./, 'A')), 401)
      assert.equal(await sendForm(token), 200)
      assert.equal(await sendForm(token), 401)
      const late = tokenOf(await rig.openSettings())
      rig.clock.jump(15 * 60_000)
      const asked = rig.telegram.callsOf('getMe').length
      const answer = await post(url, { ...rig.form(), hub_token: late })
      assert.equal(answer.status, 401)
      // The portal's frame shows nothing that it may not frame.
      assert.match(answer.body, /open for too long/)
      const policy = String(answer.headers['content-security-policy'])
      assert.ok(policy.includes(`frame-ancestors ${rig.portal.url}`), policy)
      assert.equal(rig.telegram.callsOf('getMe').length, asked)
    })

    it('lets an item go that the portal refuses, and repeats none that it took', async () => {
      await using rig = await openBitrixRig(store)
      const { portal } = rig
      await rig.connect()
      portal.isDown = true
      for (const text of ['one', 'two', 'three']) await rig.write(text)
      await waitFor(async () => (await rig.status()).lockout, 'a lockout')
      const [, second] = await rig.hub.app.services.store.rows<{ payload: string }>(
        'SELECT payload FROM inbox_event ORDER BY seq',
      )
      const { message } = JSON.parse(second?.payload ?? '{}') as { message?: { id?: string } }
      portal.methods.refusing.set(String(message?.id), 'IMCONNECTOR_BAD')
      portal.isDown = false
      rig.clock.jump(15_000)
      const taken = await portal.waitForTaken(2)
      assert.deepEqual(
        taken.map(({ item }) => item.message?.text),
        ['one', 'three'],
      )
      await waitFor(async () => (await rig.status()).deadLetters === 1, 'a dead letter')
      assert.equal((await rig.status()).queue.depth, 0)
    })

    it('repeats a call once with new tokens when the portal calls the old ones expired', async () => {
      await using rig = await openBitrixRig(store)
      const { portal } = rig
      await rig.connect()
      portal.tokens.expireAll()
      await rig.write('after an hour')
      await portal.waitForTaken(1)
      assert.equal(portal.tokens.granted, 1)
      assert.equal((await rig.status()).lockout, undefined)
    })
  })
}
