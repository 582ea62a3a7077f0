import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { fillLines } from '../../bench/harness/fill.ts'
import { createSecretBox, keyIdOf } from '../../src/db/engine/secret-box.ts'
import type { Store } from '../../src/db/engine/store.ts'
import { LineRepository } from '../../src/db/lines/lines.ts'
import { PortalRepository } from '../../src/db/lines/portals.ts'
import { SealedValues } from '../../src/db/lines/sealed-values.ts'
import { KeyOperations, type RekeyResult } from '../../src/lines/key-operations.ts'
import { CliProcess, runCli } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { withStore } from '../helpers/with-store.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

const OLD = Buffer.alloc(32, 1)
const NEW = Buffer.alloc(32, 2)
const STRANGE = Buffer.alloc(32, 3)
const PORTALS = 3
const LINES = 130
/** A portal's secret, and of each line a token and the webhook's secret. */
const SEALED = PORTALS + PORTALS * LINES * 2
const clock = createManualClock(Date.now())

const box = createSecretBox(NEW, OLD)

function operationsOn(store: Store): KeyOperations {
  return new KeyOperations(new SealedValues(store, box), box.keys, { clock, isGiven: true })
}

async function open(kind: TestStore) {
  const database = await kind.open()
  const { databaseUrl } = database
  const portals = await fillLines({
    databaseUrl,
    secretKey: OLD.toString('base64'),
    portalUrls: Array.from({ length: PORTALS }, (_, index) => `https://crm.example/${index}`),
    linesPerPortal: LINES,
  })
  return { databaseUrl, portals, [Symbol.asyncDispose]: () => database.dispose() }
}

function envOf(databaseUrl: string, key: Buffer, previous?: Buffer) {
  return {
    HUB_DATABASE_URL: databaseUrl,
    HUB_PORT: '0',
    HUB_SECRET_KEY: key.toString('base64'),
    HUB_SECRET_KEY_PREVIOUS: previous?.toString('base64') ?? '',
  }
}

/** The store, with somebody who writes just before the first page is written. */
function withIntruder(store: Store, intrude: () => Promise<unknown>): Store {
  let isDone = false
  const intruded = Object.create(store) as Store
  intruded.shortTransaction = async (work, options) => {
    if (!isDone) {
      isDone = true
      await intrude()
    }
    return await store.shortTransaction(work, options)
  }
  return intruded
}

for (const kind of testStores()) {
  describe(`sealing anew on ${kind.name}`, () => {
    it('goes on where it was broken off, tells how far it is, and leaves every value as it was', async () => {
      await using rig = await open(kind)
      await withStore(rig.databaseUrl, async (store) => {
        const half = new SealedValues(store, box).reseal(clock.now())
        for (let page = 0; page < 4; page++) await half.next()
        await half.return(undefined)
        const told: [number, number][] = []
        const operations = operationsOn(store)
        const usage = await operations.usage()
        const left = usage.find(({ role }) => role === 'previous')?.values ?? 0
        assert.ok(left > 0 && left < SEALED, String(left))
        const { sealed } = await operations.rekey((...progress) => told.push(progress))
        assert.equal(sealed, left)
        assert.deepEqual(told.at(-1), [left, left])
        assert.ok(told.length > 3)
        const after = await operations.usage()
        assert.deepEqual(
          after.map(({ role, values }) => [role, values]),
          [['current', SEALED]],
        )
        const only = createSecretBox(NEW)
        const [first] = rig.portals
        assert.ok(first)
        const portal = await new PortalRepository(store, only).find(first.id, clock.now())
        assert.deepEqual(portal?.secrets, [first.secret])
        const records = await new LineRepository(store, only).list(first.id)
        assert.deepEqual(
          records.map(({ webhookSecret }) => webhookSecret),
          first.lines.map(({ secret }) => secret),
        )
      })
    })

    it('never undoes what a hub saves meanwhile, and seals that too', async () => {
      await using rig = await open(kind)
      const [portal] = rig.portals
      assert.ok(portal)
      await withStore(rig.databaseUrl, async (store) => {
        const old = new PortalRepository(store, createSecretBox(OLD))
        const intruder = withIntruder(store, () =>
          old.rotate(portal.id, { secret: 'fresh', previousUntil: clock.now() + 1000 }),
        )
        const { sealed, left } = await operationsOn(intruder).rekey(() => undefined)
        assert.deepEqual([sealed, left], [SEALED + 1, []])
        const found = await new PortalRepository(store, box).find(portal.id, clock.now())
        assert.deepEqual(found?.secrets, ['fresh', portal.secret])
      })
    })

    it('counts what it can not open by key, changes none of it and ends with 1', async () => {
      await using rig = await open(kind)
      const [portal] = rig.portals
      assert.ok(portal)
      await withStore(rig.databaseUrl, async (store) => {
        const strange = createSecretBox(STRANGE).seal('s', `portal:${portal.id}:secret`)
        await store.run('UPDATE portal SET secret = ? WHERE id = ?', [strange, portal.id])
        await store.run(
          'UPDATE line_setting SET value = ? WHERE is_secret <> 0 AND line_id IN (1, 2)',
          ['PLANTED-plain-text'],
        )
        const env = envOf(rig.databaseUrl, NEW, OLD)
        const { code, stdout } = await runCli(['rekey', '--json'], env)
        assert.equal(code, 1)
        const result = JSON.parse(stdout) as RekeyResult & { mayDropPrevious: boolean }
        assert.equal(result.mayDropPrevious, false)
        assert.equal(result.sealed, SEALED - 3)
        const id = keyIdOf(strange)
        assert.deepEqual(
          result.unopened.map(({ keyId, role, values }) => [keyId, role, values]),
          [
            [id, 'unknown', 1],
            [undefined, 'unknown', 2],
          ],
        )
        const told = await cli.run(['rekey'], env)
        assert.equal(told.code, 1)
        assert.match(told.stderr, new RegExp(`^hub: 3 can not be opened.*${id}: 1, none: 2.*\\n$`))
        const started = await runCli(['start'], env)
        assert.equal(started.code, 78)
        assert.match(started.stderr, new RegExp(`^hub: 3 stored secrets .*${id}: 1`))
        assert.doesNotMatch(`${stdout}${told.stdout}${started.stderr}`, /PLANTED|PLA/)
        const [kept] = await store.rows<{ secret: string }>(
          'SELECT secret FROM portal WHERE id = ?',
          [portal.id],
        )
        assert.equal(kept?.secret, strange)
      })
    })

    it('nothing is sealed with a key that is not the key of the store', async () => {
      await using rig = await open(kind)
      const [portal] = rig.portals
      assert.ok(portal)
      const env = envOf(rig.databaseUrl, NEW)
      for (const args of [
        ['portal', 'add', 'Other', 'https://other.example/'],
        ['portal', 'rotate', portal.id],
      ]) {
        const { code, stdout, stderr } = await cli.run(args, env)
        assert.deepEqual([code, stdout], [78, ''])
        assert.match(stderr, /^hub: [^\n]*sealed with a key that is not here[^\n]*\n$/)
      }
      const still = await cli.run(['check'], envOf(rig.databaseUrl, OLD))
      assert.equal(still.code, 0, still.stderr)
    })

    it('drops a previous secret that is valid no more, so that it needs no key', async () => {
      await using rig = await open(kind)
      const [portal] = rig.portals
      assert.ok(portal)
      await withStore(rig.databaseUrl, async (store) => {
        const gone = createSecretBox(STRANGE).seal('s', `portal:${portal.id}:secret`)
        await store.run('UPDATE portal SET previous_secret = ?, previous_until = ? WHERE id = ?', [
          gone,
          clock.now() - 1,
          portal.id,
        ])
        const operations = operationsOn(store)
        await operations.requireKeys()
        assert.deepEqual((await operations.rekey(() => undefined)).left, [])
      })
    })

    it('keeps a rotated secret under the key that is current then', async () => {
      await using rig = await open(kind)
      const [portal] = rig.portals
      assert.ok(portal)
      await withStore(rig.databaseUrl, async (store) => {
        const until = clock.now() + 1000
        const portals = new PortalRepository(store, box)
        await portals.rotate(portal.id, { secret: 'fresh', previousUntil: until })
        const found = await new PortalRepository(store, createSecretBox(NEW)).find(
          portal.id,
          clock.now(),
        )
        assert.deepEqual(found?.secrets, ['fresh', portal.secret])
      })
    })

    it('is asked for by a hub of several workers in the same way', async () => {
      await using rig = await open(kind)
      const env = { ...envOf(rig.databaseUrl, NEW), HUB_WORKERS: '2' }
      await using hub = new CliProcess(['start'], env)
      const { code, stderr } = await hub.ended()
      assert.equal(code, 78)
      assert.match(stderr, new RegExp(`^hub: ${SEALED} stored secrets`))
    })
  })
}

describe('a store that was away when the hub started', () => {
  it('is refused when it comes back and its key is not here', async () => {
    await using server = await startMariaDb()
    const databaseUrl = await server.createDatabase()
    const order = { databaseUrl, secretKey: OLD.toString('base64') }
    await fillLines({ ...order, portalUrls: ['https://crm.example/'], linesPerPortal: 1 })
    await server.kill()
    await using hub = new CliProcess(['start'], envOf(databaseUrl, NEW))
    await hub.listening()
    await server.restart()
    const { code, stderr } = await hub.ended()
    assert.equal(code, 78)
    assert.match(stderr, /^hub: 3 stored secrets [^\n]*HUB_SECRET_KEY_PREVIOUS[^\n]*\n$/)
  })
})

describe('hub doctor', () => {
  it('makes neither a store nor a key, and says what is broken with exit code 1', async () => {
    const [sqlite] = testStores()
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    const { databaseUrl } = database
    const fresh = await runCli(['doctor'], { HUB_DATABASE_URL: databaseUrl })
    assert.equal(fresh.code, 0, fresh.stdout)
    const file = databaseUrl.slice('sqlite:'.length)
    assert.deepEqual([existsSync(file), existsSync(`${file}.key`)], [false, false])
    const broken = [
      [{ HUB_PORT: 'x' }, /configuration +broken +HUB_PORT/],
      [envOf('mysql://root:PLANTED@127.0.0.1:1/hub', NEW), /store +broken .*ECONNREFUSED/],
    ] as const
    for (const [env, words] of broken) {
      const { code, stdout, stderr } = await cli.run(['doctor'], env)
      assert.deepEqual([code, stderr], [1, ''])
      assert.match(stdout, words)
      assert.doesNotMatch(stdout, /PLANTED/)
    }
  })
})
