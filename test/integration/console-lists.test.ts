import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ADMIN_ENV, askConsole, comeIn, OPERATOR, type Visitor } from '../helpers/console.ts'
import { addTestPortal, startTestHub, type TestHub } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'

interface Page {
  readonly items: readonly { readonly line: string; readonly id: number }[]
  readonly cursor?: string
  readonly total?: number
}

const LINES = ['a', 'b', 'c', 'd', 'e', 'f']
const HEALTH = ['ok', 'broken', 'degraded', 'broken', 'ok']

async function makeLines(hub: TestHub, portal: string): Promise<void> {
  for (const [index, line] of LINES.entries()) {
    const settings = { token: `1:PLANTED-token-00000000000000000000${index}` }
    const body = { portal, connector: 'telegram', line, settings }
    const made = await askConsole(hub, OPERATOR, '/v1/lines', { method: 'PUT', body })
    assert.equal(made.status, 200, made.text)
    const { id } = made.body as { id: number }
    const state = HEALTH[index]
    if (state === undefined) continue
    const { store } = hub.app.services
    await store.run("UPDATE line SET status = 'connected', name = ? WHERE id = ?", [
      ...[`Desk ${line}`, id],
    ])
    await store.run('DELETE FROM line_health WHERE line_id = ?', [id])
    await store.run(
      'INSERT INTO line_health (line_id, connector, state, since) VALUES (?, ?, ?, 1)',
      [id, 'telegram', state],
    )
  }
}

/** Names of all lines of a list, page by page, and what the pages said of their number. */
async function listed(hub: TestHub, visitor: Visitor, search: string) {
  const lines: string[] = []
  const totals = new Set<number | undefined>()
  for (let cursor = ''; ; ) {
    const path = `/v1/lines?limit=2&${search}${cursor}`
    const reply = await askConsole(hub, visitor, path)
    assert.equal(reply.status, 200, reply.text)
    const page = reply.body as Page
    lines.push(...page.items.map(({ line }) => line))
    totals.add(page.total)
    if (page.cursor === undefined) return { lines: lines.join(''), totals: [...totals] }
    cursor = `&cursor=${page.cursor}`
  }
}

describe('lists of lines', () => {
  for (const { name, open } of testStores()) {
    it(`have each line once that a filter lets through, and say how many where it is at hand (${name})`, async () => {
      await using store = await open()
      const { databaseUrl } = store
      await using hub = await startTestHub({ databaseUrl, env: ADMIN_ENV })
      await using portal = await addTestPortal(hub)
      await using other = await addTestPortal(hub)
      await makeLines(hub, portal.id)
      await makeLines(hub, other.id)
      const of = (search: string) => listed(hub, OPERATOR, search)
      const own = `portal=${portal.id}`
      assert.deepEqual(await of(''), { lines: 'abcdefabcdef', totals: [12] })
      assert.deepEqual(await of(own), { lines: 'abcdef', totals: [6] })
      assert.deepEqual(await of('health=broken'), { lines: 'bdbd', totals: [4] })
      assert.deepEqual(await of(`${own}&health=broken`), { lines: 'bd', totals: [2] })
      assert.deepEqual(await of('health=ok'), { lines: 'aeae', totals: [4] })
      assert.deepEqual(await of('health=unknown'), { lines: 'ff', totals: [2] })
      assert.deepEqual(await of('status=saved'), { lines: 'ff', totals: [2] })
      const mixed = [
        ['health=broken&q=desk%20d', 'dd'],
        ['health=ok&q=DESK', 'aeae'],
        ['health=degraded&status=connected&connector=telegram', 'cc'],
        ['health=broken&connector=viber', ''],
        [`${own}&q=desk`, 'abcde'],
      ] as const
      for (const [search, lines] of mixed) assert.equal((await of(search)).lines, lines, search)
      // Of those nothing is counted, but for what stands on one page.
      assert.deepEqual((await of('q=desk')).totals, [undefined])
      assert.deepEqual((await of('q=nobody')).totals, [0])

      const administrator = await comeIn(portal)
      assert.deepEqual(await listed(hub, administrator, ''), { lines: 'abcdef', totals: [6] })
      const line = await comeIn(portal, { connector: 'telegram', line: 'c' })
      assert.deepEqual(await listed(hub, line, ''), { lines: 'c', totals: [1] })
    })
  }
})
