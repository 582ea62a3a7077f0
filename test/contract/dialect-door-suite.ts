import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DialectDescriptor } from '../../src/core/dialect.ts'
import { startTestHub, type TestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { testStores } from '../helpers/stores.ts'
import type { DialectKit, DialectPortal, DoorDeeds, Forgery } from './dialect-kit.ts'

const LINE = { connector: 'telegram', line: '12' }
const SETTINGS = { token: '4242:a-token-of-the-suite-0000000000' }
/** What any portal can do that calls the remote methods: it makes lines. */
const MAKING_LINES: DoorDeeds = {
  deed: (index) => ['saveSettings', { ...LINE, line: String(11 + index), settings: SETTINGS }],
  count: async (hub) => (await hub.app.services.lineRepository.list()).length,
}
const FORMAT = { text: 'bbcode', emoji: 'shortname' } as const

/** What every dialect's door and credentials must keep to, in a whole hub on both stores. */
export function dialectDoorContract(
  dialect: DialectDescriptor,
  kit: DialectKit,
  all: readonly DialectDescriptor[],
): void {
  for (const store of testStores()) {
    describe(`dialect ${dialect.id}: its door, on ${store.name}`, () => {
      it('lets a portal have something done', async () => {
        await using rig = await openRig(dialect, kit, all, store)
        assert.equal((await rig.act(1)).isDone, true)
        assert.equal(await rig.count(), 1)
        const unknown = await rig.call('noSuchMethod', {})
        assert.ok(unknown.status < 500, unknown.text)
        if (!kit.deeds) assert.equal(unknown.isDone, false)
        assert.equal(await rig.count(), 1)
      })

      it('does nothing for a forged call, or for one that names nobody', async () => {
        await using rig = await openRig(dialect, kit, all, store)
        const forged = await rig.act(1, { isForged: true })
        const stranger = await rig.act(1, { isStranger: true })
        assert.equal(forged.isDone || stranger.isDone, false)
        const status = kit.refusesInBody ? 200 : 401
        assert.deepEqual([forged.status, stranger.status], [status, status])
        assert.equal(forged.text, stranger.text)
        assert.equal(await rig.count(), 0)
      })

      it('does nothing for a portal of another make, whatever it knows', async () => {
        await using rig = await openRig(dialect, kit, all, store)
        await rig.hub.app.services.store.run('UPDATE portal SET dialect = ?', ['another'])
        await rig.hub.restart()
        const { status, isDone } = await rig.act(1)
        assert.equal(isDone, false)
        assert.equal(status, kit.refusesInBody ? 200 : 401)
        assert.equal(await rig.count(), 0)
      })

      it('does a call once: the same one again does nothing, nor after a restart', async () => {
        await using rig = await openRig(dialect, kit, all, store)
        if (kit.repeatsAreHarmless) {
          await rig.act(1)
          assert.equal((await rig.act(1)).isDone, true)
          assert.equal(await rig.count(), 1)
          return
        }
        const again = { requestId: 'the-same-request-id' }
        const isAnswered = kit.deeds?.areReplaysAnswered === true
        assert.equal((await rig.act(1, again)).isDone, true)
        assert.equal((await rig.act(2, again)).isDone, isAnswered)
        await rig.hub.restart()
        assert.equal((await rig.act(2, again)).isDone, isAnswered)
        assert.equal(await rig.count(), 1)
      })

      it('keeps to the limit of calls, and says when to come again', async () => {
        await using rig = await openRig(dialect, kit, all, store, { HUB_RPC_RATE: '2' })
        const replies = [
          await rig.call('ping', {}),
          await rig.call('ping', {}),
          await rig.call('ping', {}),
        ]
        assert.deepEqual(
          replies.map(({ status }) => status),
          kit.refusesInBody ? [200, 200, 200] : [200, 200, 429],
        )
        assert.deepEqual(
          replies.map(({ isDone }) => isDone),
          [true, true, false],
        )
      })

      it('keeps secrets sealed in the store, and out of the log', async () => {
        await using rig = await openRig(dialect, kit, all, store)
        await rig.act(1)
        await rig.act(1, { isForged: true })
        const { store: tables } = rig.hub.app.services
        const rows = [
          ...(await tables.rows('SELECT * FROM portal')),
          ...(await tables.rows('SELECT * FROM portal_setting')),
        ]
        for (const secret of rig.portal.secrets()) {
          assert.ok(!JSON.stringify(rows).includes(secret), 'a secret lies open in the store')
          assert.ok(!rig.hub.logText().includes(secret), 'a secret is in the log')
        }
      })

      it('takes changed fields over, and keeps a secret that is left out', async () => {
        await using rig = await openRig(dialect, kit, all, store)
        const { portalOperations, portalRepository, clock } = rig.hub.app.services
        const shown = dialect.fields.filter(({ secret }) => !secret)
        const settings = Object.fromEntries(shown.map(({ key }) => [key, rig.settings[key]]))
        assert.equal(await portalOperations.edit(rig.id, { name: 'Renamed', settings }), true)
        const edited = await portalRepository.find(rig.id, clock.now())
        assert.equal(edited?.name, 'Renamed')
        assert.deepEqual(edited?.settings, rig.settings)
        assert.equal((await rig.call('ping', {})).isDone, true)
      })

      it('takes no field that is missing, unknown, or another portal already has', async () => {
        await using rig = await openRig(dialect, kit, all, store)
        const { portalOperations } = rig.hub.app.services
        const portal = { name: 'Second', url: rig.portal.url, format: FORMAT, dialect: dialect.id }
        const add = (settings: object) =>
          portalOperations.add({ ...portal, settings: { ...settings } })
        await assert.rejects(add({ ...rig.settings, strange: 'x' }), hasFault('strange'))
        for (const { key, required } of dialect.fields) {
          if (!required) continue
          const { [key]: _, ...rest } = rig.settings
          await assert.rejects(add(rest), hasFault(key))
        }
        const identifier = dialect.fields.find(({ isIdentifier }) => isIdentifier)
        if (identifier) await assert.rejects(add(rig.settings), hasFault(identifier.key))
      })
    })
  }
}

function hasFault(field: string) {
  return (error: unknown): boolean => {
    const { fields = [] } = error as { fields?: readonly { readonly field: string }[] }
    return fields.some((fault) => fault.field === field)
  }
}

/** A hub that knows these dialects, with one portal of the make in question. */
async function openRig(
  dialect: DialectDescriptor,
  kit: DialectKit,
  dialects: readonly DialectDescriptor[],
  store: ReturnType<typeof testStores>[number],
  env: Readonly<Record<string, string>> = {},
) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const clock = createJumpClock()
  const hub: TestHub = stack.use(await startTestHub({ databaseUrl, clock, env, dialects }))
  const portal: DialectPortal = stack.use(await kit.startPortal())
  const { portalOperations } = hub.app.services
  const made = await portalOperations.add({
    name: 'Suite',
    url: portal.url,
    format: FORMAT,
    dialect: dialect.id,
    settings: portal.settings,
  })
  portal.registered(made)
  await portal.install?.(hub.app.services.memory, made.id)
  const { deed, count, prepare } = kit.deeds ?? MAKING_LINES
  if (prepare) stack.use(await prepare(hub, portal, made.id))
  return {
    hub,
    portal,
    id: made.id,
    settings: portal.settings as Record<string, string>,
    call: (
      ...args: Parameters<DialectPortal['call']> extends [unknown, ...infer Rest] ? Rest : never
    ) => portal.call(hub, ...args),
    act: (index: number, forgery?: Forgery) => portal.call(hub, ...deed(index), forgery),
    count: () => count(hub),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
