import assert from 'node:assert/strict'
import { it } from 'node:test'
import { StoreMailbox } from '../../src/mailbox/store-mailbox.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { withStore } from '../helpers/with-store.ts'

const ignore = (): void => undefined
const LOG = { debug: ignore, info: ignore, warn: ignore, error: ignore }

for (const kind of testStores()) {
  it(`a letter comes to a page at another process without waiting for a look, on ${kind.name}`, async () => {
    await using stack = new AsyncDisposableStack()
    const { databaseUrl } = stack.use(await kind.open())
    const hub = stack.use(await startTestHub({ databaseUrl }))
    const portal = stack.use(await addTestPortal(hub))
    const settings = { title: 'Shop', origins: 'https://shop.example' }
    await portal.hub.saveSettings({ connector: 'webchat', line: '1', settings })
    const [line] = await hub.app.services.store.rows<{ id: number }>('SELECT id FROM line')
    const lineId = line?.id ?? 0
    await withStore(databaseUrl, async (store) => {
      // Nothing is looked for by the clock, which stands.
      const clock = createManualClock()
      const there = new StoreMailbox({ store, clock, log: LOG })
      const here = new StoreMailbox({ store, clock, log: LOG, onPut: () => there.wake() })
      const got: unknown[] = []
      const leave = there.follow({
        ...{ lineId, chatId: 'v1' },
        take: (letters) => void got.push(...letters.map(({ body }) => body['n'])),
        end: ignore,
      })
      for (const n of [1, 2, 3]) {
        await here.put({ lineId, chatId: 'v1', name: String(n), body: { n } })
        await waitFor(() => got.length === n, `letter ${n}`)
      }
      assert.deepEqual(got, [1, 2, 3])
      leave()
      await there.stop()
    })
  })
}
