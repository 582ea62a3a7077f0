import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ADMIN_ENV, askConsole, comeIn, OPERATOR, type Visitor } from '../helpers/console.ts'
import { startDeliveryRig } from '../helpers/delivery-rig.ts'
import { addTestPortal, startTestHub, type TestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { watchLive } from '../helpers/live.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import { testStores } from '../helpers/stores.ts'

interface Journal {
  readonly items: readonly {
    readonly direction: string
    readonly steps: readonly { readonly step: string }[]
  }[]
}

interface Overview {
  readonly store: { readonly isUp: boolean }
}

const HOURS_MS = 3_600_000
const POST = { method: 'POST', body: {} }

async function idOf(hub: TestHub, visitor: Visitor): Promise<number> {
  const { body } = await askConsole(hub, visitor, '/v1/lines')
  return (body as { items: { id: number }[] }).items[0]?.id ?? 0
}

describe('what is live', () => {
  for (const store of testStores()) {
    it(`shows the journal of the open line (${store.name})`, async () => {
      await using rig = await startDeliveryRig(store, ADMIN_ENV)
      const administrator = await comeIn(rig.portal)
      const id = await idOf(rig.hub, administrator)
      const watcher = await watchLive(rig.hub, administrator, `?line=${id}`)
      await watcher.until('hello', () => true)
      await rig.write('one')
      await watcher.until<Journal>('journal', ({ items }) =>
        items.some(
          ({ direction, steps }) =>
            direction === 'in' && steps.some(({ step }) => step === 'accepted'),
        ),
      )
      // Never what was written.
      assert.doesNotMatch(watcher.text(), /"one"/)
    })

    it(`ends with its session, however that ends (${store.name})`, async () => {
      await using database = await store.open()
      const clock = createJumpClock()
      const { databaseUrl } = database
      await using hub = await startTestHub({ databaseUrl, env: ADMIN_ENV, clock })
      const ends: Record<string, (visitor: Visitor, portal: string) => Promise<unknown>> = {
        'signed out': (visitor) => askConsole(hub, visitor, '/session', { method: 'DELETE' }),
        disabled: (_, portal) => askConsole(hub, OPERATOR, `/v1/portals/${portal}/disable`, POST),
        removed: (_, portal) =>
          askConsole(hub, OPERATOR, `/v1/portals/${portal}`, { method: 'DELETE' }),
        expired: async () => clock.jump(4 * HOURS_MS + 1),
      }
      for (const [how, end] of Object.entries(ends)) {
        await using portal = await addTestPortal(hub)
        const visitor = await comeIn(portal)
        const watcher = await watchLive(hub, visitor)
        await watcher.until('overview', () => true)
        await end(visitor, portal.id)
        await watcher.ended
        assert.equal((await askConsole(hub, visitor, '/session')).status, 401, how)
      }
    })
  }

  it('says that the store is away, and goes on when it is back', async () => {
    await using server = await startMariaDb()
    const databaseUrl = await server.createDatabase()
    await using hub = await startTestHub({ databaseUrl, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    const watchers = [await watchLive(hub, await comeIn(portal)), await watchLive(hub, OPERATOR)]
    for (const one of watchers) await one.until<Overview>('overview', ({ store }) => store.isUp)
    await server.kill()
    for (const one of watchers) await one.until<Overview>('overview', ({ store }) => !store.isUp)
    await server.restart()
    for (const one of watchers) {
      const before = one.events('overview').length
      await one.until<Overview>('overview', () => {
        const later = one.events<Overview>('overview').slice(before - 1)
        return later.some(({ store }) => store.isUp)
      })
    }
  })
})

describe('an operator’s session', () => {
  it('is over after a start with another token', async () => {
    const [sqlite] = testStores()
    assert.ok(sqlite)
    await using database = await sqlite.open()
    const signIn = async (hub: TestHub, token: string): Promise<Visitor> => {
      const response = await fetch(`${hub.url}/admin/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      })
      assert.equal(response.status, 200)
      return { headers: { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' } }
    }
    const { databaseUrl } = database
    let visitor: Visitor
    {
      await using hub = await startTestHub({ databaseUrl, env: ADMIN_ENV })
      visitor = await signIn(hub, ADMIN_ENV.HUB_ADMIN_TOKEN)
      await hub.restart()
      assert.equal((await askConsole(hub, visitor, '/session')).status, 200)
    }
    const other = 'TEST-another-token-of-enough-characters'
    await using hub = await startTestHub({ databaseUrl, env: { HUB_ADMIN_TOKEN: other } })
    assert.equal((await askConsole(hub, visitor, '/session')).status, 401)
    assert.equal((await askConsole(hub, visitor, '/v1/overview')).status, 401)
    assert.equal((await askConsole(hub, await signIn(hub, other), '/session')).status, 200)
  })
})
