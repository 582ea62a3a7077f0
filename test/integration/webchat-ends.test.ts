import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readEvents } from '../helpers/event-reader.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'

const SITE = 'https://shop.example'
const OTHER_SITE = 'https://other.example'

for (const kind of testStores()) {
  describe(`open pages of a line that ends on ${kind.name}`, () => {
    it('end in every process, and no session is opened any more', { timeout: 60_000 }, async () => {
      await using opened = await kind.open()
      const { databaseUrl } = opened
      await using hub = await startTestHub({ databaseUrl })
      await using other = await startTestHub({ databaseUrl })
      await using portal = await addTestPortal(hub)
      const line = { connector: 'webchat', line: '1' }
      const settings = { title: 'Shop', origins: `${SITE}, ${OTHER_SITE}` }
      const openPages = async (origin: string) => {
        await portal.hub.saveSettings({ ...line, settings })
        const tested = await portal.hub.testConnect<{ status: { webhookUrl: string } }>(line)
        const hash = new URL(tested.status.webhookUrl).searchParams.get('hash')
        const base = (at: { url: string }): string => `${at.url}/webchat/${hash}`
        const ask = () => send(`${base(other)}/session`, { headers: { origin } })
        const { token } = JSON.parse((await ask()).body)
        const pages = await Promise.all(
          [hub, other].map((at) => readEvents(`${base(at)}/events?token=${token}`, { origin })),
        )
        assert.deepEqual(
          pages.map(({ status }) => status),
          [200, 200],
        )
        return { ask, ended: Promise.all(pages.map(({ ended }) => ended)) }
      }

      const foreign = await openPages(OTHER_SITE)
      await portal.hub.saveSettings({ ...line, settings: { ...settings, origins: SITE } })
      assert.deepEqual(await foreign.ended, ['in order', 'in order'])
      assert.equal((await foreign.ask()).status, 403)

      const left = await openPages(SITE)
      await portal.hub.disconnect({ ...line })
      assert.deepEqual(await left.ended, ['in order', 'in order'])
      const refused = await left.ask()
      assert.equal(refused.status, 409)
      assert.match(refused.body, /not connected/)

      const silent = await openPages(SITE)
      await hub.app.services.portalOperations.disable(portal.id)
      assert.deepEqual(await silent.ended, ['in order', 'in order'])
      assert.equal((await silent.ask()).status, 409)
    })
  })
}
