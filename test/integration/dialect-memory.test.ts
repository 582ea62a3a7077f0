import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { prune } from '../../src/jobs/prune.ts'
import { startTestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

const DAY_MS = 24 * 3600 * 1000
const PORTAL = {
  name: 'Acme',
  url: 'https://portal.example',
  format: { text: 'bbcode', emoji: 'unicode' },
} as const

for (const kind of testStores()) {
  describe(`what dialects remember, on ${kind.name}`, () => {
    it('of a portal: sealed, with a version, and changed only from the one that was expected', async () => {
      await using rig = await openRig(kind)
      const { portals } = rig.memory
      assert.equal(await portals.read(rig.id, 'token'), undefined)
      assert.equal(await portals.write(rig.id, [{ name: 'token', value: 'PLANTED-1' }]), true)
      const first = await portals.read(rig.id, 'token')
      assert.deepEqual(first, { value: 'PLANTED-1', version: 1 })
      const [row] = await rig.store.rows<{ value: string }>('SELECT value FROM portal_memory')
      assert.ok(row && !row.value.includes('PLANTED'))
      const both = (expected: number) => [
        { name: 'token', value: 'PLANTED-2', expected },
        { name: 'until', value: '17', expected: 0 },
      ]
      assert.equal(await portals.write(rig.id, both(7)), false)
      assert.equal(await portals.read(rig.id, 'until'), undefined)
      assert.equal(await portals.write(rig.id, both(1)), true)
      assert.equal(await portals.write(rig.id, both(2)), false)
      assert.deepEqual(await portals.read(rig.id, 'token'), { value: 'PLANTED-2', version: 2 })
      assert.equal(await portals.write(rig.id, [{ name: 'until' }]), true)
      assert.equal(await portals.read(rig.id, 'until'), undefined)
    })

    it('of a portal: of many who want to be the first, one is', async () => {
      await using rig = await openRig(kind)
      const claims = Array.from({ length: 12 }, (_, index) =>
        rig.memory.portals.write(rig.id, [{ name: 'claim', value: `${index}`, expected: 0 }]),
      )
      const won = (await Promise.all(claims)).filter(Boolean)
      assert.equal(won.length, 1)
    })

    it('of a portal that is gone: nothing', async () => {
      await using rig = await openRig(kind)
      await rig.memory.portals.write(rig.id, [{ name: 'token', value: 'x' }])
      await rig.hub.app.services.portalOperations.remove(rig.id)
      assert.deepEqual(await rig.store.rows('SELECT * FROM portal_memory'), [])
      assert.equal(await rig.memory.portals.write(rig.id, [{ name: 'token', value: 'x' }]), false)
    })

    it('of a line: by names of any length, until it is 30 days old or the line is gone', async () => {
      await using rig = await openRig(kind)
      const { lines } = rig.memory
      const lineId = await rig.makeLine()
      const long = `chat:${'🙂'.repeat(500)}`
      await lines.write(lineId, [
        { name: long, value: '77', isLasting: true },
        { name: 'message:1', value: '1' },
      ])
      await lines.write(lineId, [{ name: 'message:1', value: '2' }])
      const names = [long, 'message:1', 'message:2']
      assert.deepEqual(
        await lines.read(lineId, names),
        new Map([
          [long, '77'],
          ['message:1', '2'],
        ]),
      )
      assert.deepEqual(await lines.read(lineId + 1, names), new Map())
      const options = { dedupeMs: DAY_MS, deadLetterMs: DAY_MS }
      await prune(rig.store, rig.clock.now() + 29 * DAY_MS, options)
      assert.equal((await lines.read(lineId, names)).size, 2)
      await prune(rig.store, rig.clock.now() + 31 * DAY_MS, options)
      assert.deepEqual(await lines.read(lineId, names), new Map([[long, '77']]))
      await rig.hub.app.services.portalOperations.remove(rig.id)
      await lines.write(lineId, [{ name: 'message:3', value: '3' }])
      assert.deepEqual(await rig.store.rows('SELECT * FROM line_memory'), [])
    })

    it('a line that is reserved has an address, and keeps it when its settings come', async () => {
      await using rig = await openRig(kind)
      const { lineOperations, lineRepository } = rig.hub.app.services
      const address = { portalId: rig.id, connector: 'telegram', externalId: '7' }
      const secrets = { hash: 'a'.repeat(32), webhookSecret: 's' }
      await lineRepository.reserve(address, secrets, rig.clock.now())
      await lineRepository.reserve(address, { ...secrets, hash: 'b'.repeat(32) }, rig.clock.now())
      const reserved = await lineOperations.statusOf(address)
      assert.equal(reserved.status, 'disconnected')
      assert.match(reserved.webhookUrl, /hash=a{32}$/)
      const saved = await lineOperations.save(address, {
        token: '42:a-token-of-a-test-000000000000',
      })
      assert.equal(saved.status, 'saved')
      assert.equal(saved.webhookUrl, reserved.webhookUrl)
    })

    it('a line that several save or reserve at once is made once', async () => {
      await using rig = await openRig(kind)
      const { lineOperations, lineRepository } = rig.hub.app.services
      for (let round = 0; round < 5; round++) {
        const address = { portalId: rig.id, connector: 'telegram', externalId: `${round}` }
        const settings = { token: '42:a-token-of-a-test-000000000000' }
        const secrets = { hash: `${round}`.repeat(32), webhookSecret: 's' }
        await Promise.all([
          ...Array.from({ length: 4 }, () => lineOperations.save(address, settings)),
          ...Array.from({ length: 2 }, () => lineRepository.reserve(address, secrets, 1)),
        ])
        assert.equal((await lineOperations.statusOf(address)).status, 'saved')
      }
      assert.equal((await lineRepository.list()).length, 5)
    })
  })
}

async function openRig(kind: TestStore) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await kind.open())
  const clock = createJumpClock()
  const hub = stack.use(await startTestHub({ databaseUrl, clock }))
  const { memory, store, portalOperations, lineOperations, lineRepository } = hub.app.services
  const { id } = await portalOperations.add(PORTAL)
  return {
    ...{ hub, memory, store, clock, id },
    async makeLine() {
      const address = { portalId: id, connector: 'telegram', externalId: '12' }
      await lineOperations.save(address, { token: '42:a-token-of-a-test-000000000000' })
      return (await lineRepository.find(address))?.id ?? 0
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
