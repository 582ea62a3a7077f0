import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../../src/core/given.ts'
import type { Era } from '../../src/portal/dialects/bitrix/era.ts'
import { followAll, openOAuthRig, visit } from '../helpers/bitrix-oauth.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const TOKEN = 'PLANTED-token-of-the-community'

for (const store of testStores()) {
  describe(`the page for VK on ${store.name}`, () => {
    for (const era of ['2019', '2026'] as const) {
      it(`leads from a login to a connected community, and to nothing again (${era})`, async () => {
        await using rig = await openRig(store, era)
        const page = rig.page('vkgroup')
        const empty = await page.open()
        assert.deepEqual(Object.keys(empty), ['USER'])
        assert.equal((await followAll(empty.USER.URI)).location, page.returnUrl)

        const choice = await page.open()
        assert.deepEqual(choice.USER.INFO, {
          ID: '55',
          NAME: 'Ann OLee',
          URL: 'https://vk.com/id55',
        })
        assert.deepEqual(
          choice.GROUPS?.map(({ INFO }) => INFO),
          [
            { ID: '123', NAME: 'Desk b', URL: 'https://vk.com/desk', TYPE: 'page' },
            { ID: '124', NAME: 'Other', URL: 'https://vk.com/club124', TYPE: 'group' },
          ],
        )
        assert.equal(choice.GROUP, undefined)

        // As the page rewrites it.
        const uri = new URL(choice.GROUPS?.[0]?.URI ?? '')
        uri.searchParams.delete('state')
        uri.searchParams.set('state', '?action=connect')
        assert.equal((await followAll(uri.href)).location, page.returnUrl)
        const connected = await page.open()
        assert.deepEqual(connected.GROUP, {
          ID: '123',
          NAME: 'Desk b',
          URL: 'https://vk.com/desk',
          TYPE: 'page',
          URL_IM: 'https://vk.me/club123',
        })
        assert.deepEqual(
          connected.GROUPS?.map(({ ACTIVE }) => ACTIVE),
          [true, undefined],
        )
        assert.equal(rig.community.servers.length, 1)

        await page.do('setMessageReplyReception', true)
        await page.do('delGroupOAuth', '999')
        assert.ok((await page.open()).GROUP)
        for (let times = 0; times < 2; times++) {
          await page.do('delGroupOAuth', '123')
          await page.do('setMessageReplyReception', false)
        }
        assert.equal(rig.community.servers.length, 0)
        const left = await page.open()
        assert.equal(left.GROUP, undefined)
        assert.ok(left.USER.INFO)

        rig.vk.isOld = true
        await followAll(left.GROUPS?.[0]?.URI ?? '')
        assert.ok((await page.open()).GROUP)
        await page.do('delUserOAuth', '999')
        assert.ok((await page.open()).GROUP)
        await page.do('delUserOAuth', '55')
        await page.do('delUserOAuth', '55')
        assert.deepEqual(Object.keys(await page.open()), ['USER'])
        for (const secret of ['PLANTED-person', TOKEN, rig.vk.app.secret]) {
          assert.ok(!rig.hub.logText().includes(secret), secret)
        }
      })
    }

    it('comes back without anything where a person refuses, and says what is wrong', async () => {
      await using rig = await openRig(store)
      const page = rig.page('vkgroup')
      await page.logIn()
      const { person } = rig.vk
      const open = async () => (await page.open()).GROUPS?.map(({ URI }) => URI ?? '') ?? []

      rig.vk.person = undefined
      assert.equal((await followAll((await open())[0] ?? '')).location, page.returnUrl)
      rig.vk.person = person

      const [, other = ''] = await open()
      const refused = await followAll(other)
      assert.equal(refused.status, 502)
      assert.match(refused.text, /VK has refused: Code is invalid/)

      rig.vk.isDown = true
      const down = await followAll((await open())[0] ?? '')
      assert.match(down.text, /VK did not answer/)
      rig.vk.isDown = false

      rig.community.permissions.splice(0)
      const powerless = await followAll((await open())[0] ?? '')
      assert.equal(powerless.status, 409)
      assert.match(powerless.text, /could not be connected: .*rights: messages, manage/)
      assert.equal((await page.open()).GROUP, undefined)

      const [bad = ''] = await open()
      const odd = new URL(bad)
      odd.searchParams.set('group', '1,2')
      assert.equal((await visit(odd.href)).status, 400)
      assert.equal((await page.fail('authorizationPage', '123')).code, 'COMMAND_NOT_SUPPORTED')
    })

    it('opens each of its popups once, and says that a community was taken by another line', async () => {
      await using rig = await openRig(store)
      const [first, second] = [rig.page('vkgroup', '7'), rig.page('vkgroup', '8')]
      for (const page of [first, second]) {
        await page.logIn()
        const [group] = (await page.open()).GROUPS ?? []
        await followAll(group?.URI ?? '')
        assert.match((await visit(group?.URI ?? '')).text, /has been used/)
      }
      assert.equal((await first.open()).GROUP_DEL, 'Y')
      assert.ok((await second.open()).GROUP)
      await first.do('delGroupOAuth', '123')
      assert.ok((await second.open()).GROUP)
      assert.equal((await first.open()).GROUP_DEL, undefined)
    })
  })
}

async function openRig(store: TestStore, era?: Era) {
  const rig = await openOAuthRig(store, given({ era }))
  const community = rig.api.addCommunity({ id: 123, name: 'Desk', token: TOKEN })
  rig.vk.groupTokens.set('123', TOKEN)
  rig.vk.person = {
    id: 55,
    firstName: 'Ann',
    lastName: "O'Lee",
    groups: [
      { id: 123, name: 'Desk <b>', screen_name: 'desk', type: 'page', is_admin: 1 },
      { id: 124, name: 'Other', screen_name: 'a"b', type: 'group' },
    ],
  }
  return { ...rig, community, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}
