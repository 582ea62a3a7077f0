import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../../src/core/given.ts'
import type { Era } from '../../src/portal/dialects/bitrix/era.ts'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import {
  addBitrix,
  FakePageOfPortal,
  failureOf,
  followAll,
  openOAuthRig,
  visit,
} from '../helpers/bitrix-oauth.ts'
import { META_APP } from '../helpers/meta-kit.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const TOKEN = 'PLANTED-token-of-the-page'
const IG_TOKEN = 'PLANTED-token-of-the-page-behind'
const META_ROOT = 'https://graph.facebook.com'
const IG_ID = '17841400000000001'
const INSTAGRAM = {
  id: IG_ID,
  username: 'desk',
  name: 'Desk "on" Insta',
  media_count: 12,
  profile_picture_url: 'https://scontent.example/p.jpg?a=1&b=")}',
}
const PAGES = [
  { id: '110', name: 'No rights' },
  { id: '111', name: "Desk <b>&</b> 'Co'", token: TOKEN },
  { id: '112', name: 'Insta page', token: IG_TOKEN, instagram: INSTAGRAM },
]

for (const store of testStores()) {
  describe(`the pages for Facebook and Instagram on ${store.name}`, () => {
    for (const era of ['2019', '2026'] as const) {
      it(`lead from a login to a connected page, and to nothing again (${era})`, async () => {
        await using rig = await openRig(store, era)
        const page = rig.page('facebook')
        const empty = await page.open()
        assert.deepEqual(Object.keys(empty), ['USER'])
        assert.deepEqual(Object.keys(empty.USER), ['URI'])
        assert.match(empty.USER.URI, /^http.*\/oauth\/meta\/start\?s=/)

        const end = await followAll(empty.USER.URI)
        assert.equal(end.status, 302)
        assert.equal(end.location, page.returnUrl)
        assert.equal(end.headers.get('referrer-policy'), 'no-referrer')

        const choice = await page.open()
        assert.deepEqual(choice.USER.INFO, {
          ID: '501',
          NAME: 'Ann bLee/b',
          URL: 'https://www.facebook.com/501',
        })
        assert.deepEqual(
          choice.PAGES?.map(({ INFO, ACTIVE }) => [INFO['ID'], INFO['NAME'], ACTIVE]),
          [
            ['110', 'No rights', undefined],
            ['111', 'Desk b/b Co', undefined],
            ['112', 'Insta page', undefined],
          ],
        )
        assert.equal(choice.PAGE, undefined)

        await page.do('authorizationPage', '111')
        const { accounts } = rig.meta
        assert.match(accounts.find(({ id }) => id === '111')?.subscribed ?? '', /messages/)
        const connected = await page.open()
        assert.deepEqual(connected.PAGE, {
          ID: '111',
          NAME: 'Desk b/b Co',
          URL: 'https://www.facebook.com/111',
          URL_IM: 'https://m.me/111',
        })
        assert.deepEqual(
          connected.PAGES?.filter(({ ACTIVE }) => ACTIVE).map(({ INFO }) => INFO['ID']),
          ['111'],
        )
        assert.equal(connected.GROUP_DEL, undefined)
        await page.do('authorizationPage', '111')

        await page.do('delPageActive', '999')
        await page.do('delPageActive')
        await page.do('delUserActive', '999')
        assert.ok((await page.open()).PAGE)
        await page.do('delPageActive', '111')
        await page.do('delPageActive', '111')
        assert.equal(accounts.find(({ id }) => id === '111')?.subscribed, undefined)
        const left = await page.open()
        assert.equal(left.PAGE, undefined)
        assert.equal(left.GROUP_DEL, undefined)
        assert.ok(left.USER.INFO)

        await page.do('authorizationPage', '111')
        await page.do('delUserActive', '501')
        await page.do('delUserActive', '501')
        assert.deepEqual(Object.keys(await page.open()), ['USER'])
        const { code } = await page.fail('authorizationPage', '111')
        assert.equal(code, 'LOGIN_REQUIRED')
        for (const secret of ['PLANTED-short', 'PLANTED-long', TOKEN, META_APP.secret]) {
          assert.ok(!rig.hub.logText().includes(secret), secret)
        }
      })
    }

    it('lead to a connected Instagram account', async () => {
      await using rig = await openRig(store)
      const page = rig.page('fbinstagramdirect')
      await page.logIn()
      const choice = await page.open()
      const block = {
        NAME: 'Desk on Insta',
        URL: 'https://www.instagram.com/desk',
        MEDIA_COUNT: 12,
        PROFILE_PICTURE_URL: 'https://scontent.example/p.jpg?a=1&b=%22%29}',
        BUSINESS: 'Y',
      }
      assert.deepEqual(choice.PAGES, [
        {
          INFO: {
            ID: '112',
            NAME: 'Insta page',
            URL: 'https://www.facebook.com/112',
            INSTAGRAM: block,
          },
        },
      ])
      rig.meta.shut.add(IG_TOKEN)
      const shut = await page.fail('authorizationPage', '112', { comments: true })
      assert.equal(shut.code, 'ERROR_INSTAGRAM_DISABLED_ACCESS_INSTAGRAM_DIRECT_MESSAGES')
      rig.meta.shut.clear()
      const plain = await page.fail('authorizationPage', '111', [])
      assert.equal(plain.code, 'ERROR_INSTAGRAM_IG_ACCOUNT_IS_NOT_ELIGIBLE_API')
      await page.do('authorizationPage', '112', { comments: true })
      const { PAGE, USER } = await page.open()
      assert.deepEqual(PAGE, {
        ID: '112',
        NAME: 'Insta page',
        URL: 'https://www.facebook.com/112',
        INSTAGRAM: block,
        URL_IM: 'https://ig.me/m/desk',
        IS_ACTIVE_INSTAGRAM_COMMENTS: false,
      })
      assert.equal((USER as Record<string, unknown>)['IS_USER_PERMISSION_COMMENTS'], false)
      await page.do('delPageActive', '112')
      assert.equal((await page.open()).PAGE, undefined)
    })

    it('say which page can not be connected, and why', async () => {
      await using rig = await openRig(store)
      const page = rig.page('facebook')
      assert.equal((await page.fail('authorizationPage', '111')).code, 'LOGIN_REQUIRED')
      await page.logIn()
      for (const id of ['110', '4711', '', '../me', '111/messages']) {
        assert.equal((await page.fail('authorizationPage', id)).code, 'PAGE_UNKNOWN', id)
      }
      rig.meta.fail('app', { status: 200, body: { id: '1' } })
      const other = await page.fail('authorizationPage', '111')
      assert.deepEqual(other, {
        code: 'CONNECTOR_SETTINGS_INCORRECT',
        message: 'the token was given to another app',
      })
      assert.equal((await page.open()).PAGE, undefined)
    })

    it('ask for a new login when the old one has run out, and keep what is connected', async () => {
      await using rig = await openRig(store)
      const page = rig.page('facebook')
      await page.logIn()
      await page.do('authorizationPage', '111')
      rig.meta.logOut()
      const reply = await page.ask()
      const { code } = failureOf(reply)
      assert.equal(code, 'CONNECTOR_MESSENGER_INVALID_OAUTH_ACCESS_TOKEN')
      const { USER } = reply.body.DATA as { USER: { URI: string } }
      assert.equal((await followAll(USER.URI)).location, page.returnUrl)
      assert.equal((await page.open()).PAGE?.['ID'], '111')
      rig.meta.fail('me/accounts', { status: 503, body: '<html>' })
      assert.equal(failureOf(await page.ask()).code, 'CONNECTOR_NO_ANSWER_CLIENT')
    })

    it('say that a page was taken by another line', async () => {
      await using rig = await openRig(store)
      const [first, second] = [rig.page('facebook', '7'), rig.page('facebook', '8')]
      for (const page of [first, second]) {
        await page.logIn()
        await page.do('authorizationPage', '111')
      }
      const lost = await first.open()
      assert.equal(lost.PAGE, undefined)
      assert.equal(lost.GROUP_DEL, 'Y')
      await first.do('delPageActive', '111')
      assert.ok((await second.open()).PAGE)
      assert.ok(rig.meta.accounts.find(({ id }) => id === '111')?.subscribed)
      assert.equal((await first.open()).GROUP_DEL, undefined)
    })

    it('let go what waited while the portal had the line switched off', async () => {
      await using rig = await openRig(store)
      const page = rig.page('facebook')
      await page.logIn()
      await page.do('authorizationPage', '111')
      rig.portal.inactive.add('facebook|7')
      const { callbackUrl = '' } = rig.meta.app?.subscriptions.get('page') ?? {}
      const message = { mid: 'm_1', text: 'hello' }
      const parties = { sender: { id: '7001' }, recipient: { id: '111' }, timestamp: 1 }
      const entry = [{ id: '111', time: 1, messaging: [{ ...parties, message }] }]
      await rig.meta.push(callbackUrl, { object: 'page', entry }, META_APP)
      // What the portal has seen isn't yet what the hub has noted: its lock comes after the answer.
      await waitFor(async () => (await rig.lockout('facebook')) !== undefined, 'a lockout')
      rig.portal.inactive.clear()
      await page.open()
      await rig.portal.waitForShown(1)
      assert.deepEqual(rig.portal.texts(), ['hello'])
    })

    it('forget the login with the line', async () => {
      await using rig = await openRig(store)
      const page = rig.page('facebook')
      for (const forget of ['deleteConnector', 'deleteLine']) {
        await page.logIn()
        await page.do('authorizationPage', '111')
        if (forget === 'deleteConnector') await page.do(forget)
        else {
          const all = { connector: 'all', line: '', command: forget, args: ['7'] }
          assert.equal((await rig.portal.call(rig.hub.url, all)).body.OK, true)
        }
        assert.deepEqual(Object.keys(await page.open()), ['USER'], forget)
      }
    })

    it('can not be used to lead the operator’s secret elsewhere', async () => {
      await using rig = await openRig(store)
      const page = rig.page('facebook')
      const bait = { pageId: '1', pageAccessToken: 'x', appId: META_APP.id, appSecret: 'x' }
      const apiRoot = rig.portal.url
      await page.do('saveSettings', { ...bait, apiRoot })
      await page.logIn()
      await page.do('authorizationPage', '111')
      const slashed = `${META_ROOT}.${new URL(apiRoot).host}/`
      for (const form of [{ apiRoot }, { api_root: apiRoot }, { apiRoot: slashed }]) {
        assert.equal((await page.fail('saveSettings', form)).code, 'APP_SECRET_REQUIRED')
      }
      assert.ok((await page.open()).PAGE)
      await page.do('saveSettings', { appId: '1' })
      assert.equal((await page.fail('saveSettings', { apiRoot })).code, 'APP_SECRET_REQUIRED')
      await page.do('saveSettings', { apiRoot, appSecret: 'my-own' })
      // What is stored doesn't help: it may be another one by the time that the form is saved.
      assert.equal((await page.fail('saveSettings', { apiRoot })).code, 'APP_SECRET_REQUIRED')
      assert.equal((await page.fail('saveSettings', {})).code, 'APP_SECRET_REQUIRED')
      await page.do('saveSettings', { apiRoot: META_ROOT })
    })

    it('open a popup once only, for ten minutes, and for their own portal', async () => {
      await using rig = await openRig(store)
      const page = rig.page('facebook')
      const { URI } = (await page.open()).USER
      const { location: dialog } = await visit(URI)
      assert.equal((await visit(URI)).location, dialog)
      const { location: callback } = await visit(dialog)
      assert.equal((await fetch(callback, { method: 'HEAD' })).status, 204)
      assert.equal((await visit(callback)).location, page.returnUrl)
      for (const again of [callback, URI]) {
        const { status, text, headers } = await visit(again)
        assert.equal(status, 410)
        assert.match(text, /has been used/)
        assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
      }
      const late = (await page.open()).USER.URI
      rig.clock.jump(10 * 60_000)
      for (const url of [late, late.replace('start?s=', 'callback?code=1&state=')]) {
        assert.match((await visit(url)).text, /has expired/)
      }
      const state = new URL((await page.open()).USER.URI).searchParams.get('s') ?? ''
      const forged = state.replace(rig.id, 'prt_01aaaaaaaaaaaaaaaaaaaaaaaa')
      const made = 'A'.repeat(43) + rig.id
      for (const s of [forged, made, '', '"><script>alert(1)</script>', `${state}.1.1`]) {
        const { status, text } = await visit(
          `${rig.hub.url}/oauth/meta/start?${new URLSearchParams({ s })}`,
        )
        assert.equal(status, 401, s)
        assert.match(text, /not known here.*здесь неизвестна/)
        assert.ok(!text.includes('<script'))
      }
      const elsewhere = await visit(`${rig.hub.url}/oauth/vk/start?s=${state}`)
      assert.match(elsewhere.text, /not known here/)
    })

    it('come back without a login where a person refuses it, and say what Meta says', async () => {
      await using rig = await openRig(store)
      await using other = await FakeBitrix.start({ licenceKey: 'PLANTED-LICENCE-KEY-0002' })
      await addBitrix(rig.hub, other, 'ru')
      const page = new FakePageOfPortal(rig.hub, other, { connector: 'facebook', line: '7' })
      const { person } = rig.meta
      rig.meta.person = undefined
      assert.equal((await page.logIn()).location, page.returnUrl)
      rig.meta.person = person
      assert.deepEqual(Object.keys(await page.open()), ['USER'])

      rig.meta.fail('oauth/access_token', { status: 502, body: '<html>' })
      const down = await page.logIn()
      assert.equal(down.status, 502)
      assert.match(down.text, /Meta не отвечает/)
      rig.meta.fail('oauth/access_token', {
        status: 400,
        body: { error: { code: 1, message: `<b>${META_APP.secret}</b>` } },
      })
      const refused = await page.logIn()
      assert.match(refused.text, /Meta ответил отказом: &#60;b&#62;…/)
      assert.ok(!refused.text.includes(META_APP.secret))

      const stolen = await visit((await visit((await page.open()).USER.URI)).location)
      const code = new URL(stolen.location).searchParams.get('code') ?? ''
      await visit(stolen.location)
      const next = new URL((await page.open()).USER.URI).searchParams.get('s') ?? ''
      const query = new URLSearchParams({ state: next, code })
      const replayed = await visit(`${rig.hub.url}/oauth/meta/callback?${query}`)
      assert.equal(replayed.status, 502)
    })

    it('lead a popup to pages of the portal alone', async () => {
      await using rig = await openRig(store)
      const page = rig.page('facebook')
      for (const url of [
        'https://evil.example/',
        `${rig.portal.url}.evil.example/`,
        `http://me@127.0.0.1:1/`,
        `${rig.portal.url.replace('http://', 'http://a:b@')}/`,
        'javascript:alert(1)',
        '//evil.example/',
        '%',
      ]) {
        assert.equal(failureOf(await page.ask(url)).code, 'RETURN_URL_REFUSED', url)
      }
      const reply = await page.order('getAuthorizationInformation')
      assert.equal(reply.body.OK, true)
    })

    it('name what is missing when the operator has no app, and channels that the hub has not', async () => {
      await using rig = await openOAuthRig(store, { env: {} })
      for (const connector of ['facebook', 'fbinstagramdirect']) {
        const { code, message } = failureOf(await rig.page(connector).ask())
        assert.equal(code, 'OAUTH_APP_NOT_SET')
        assert.match(message, /HUB_META_APP_ID, HUB_META_APP_SECRET/)
        assert.equal((await rig.page(connector).fail('authorizationPage', '1')).code, code)
      }
      const vk = failureOf(await rig.page('vkgroup').ask())
      assert.match(vk.message, /HUB_VK_APP_ID, HUB_VK_APP_SECRET/)
      for (const connector of ['facebookcomments', 'fbinstagram']) {
        const { code, message } = failureOf(await rig.page(connector).ask())
        assert.equal(code, 'CONNECTOR_NOT_SUPPORTED')
        assert.match(message, new RegExp(connector))
      }
    })
  })
}

async function openRig(store: Parameters<typeof openOAuthRig>[0], era?: Era) {
  const rig = await openOAuthRig(store, given({ era }))
  const { meta } = rig
  const { app } = meta
  assert.ok(app)
  meta.person = { id: '501', name: 'Ann <b>Lee</b>', pages: PAGES }
  meta.addAccount({ id: '111', token: TOKEN, app, name: PAGES[1]?.name ?? '' })
  meta.addAccount({ id: IG_ID, token: IG_TOKEN, app, name: 'Desk', username: 'desk' })
  return rig
}
