import assert from 'node:assert/strict'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHub } from '../../src/client/hub.ts'
import { startFakePortal } from '../fakes/portal.ts'
import { type CliEnv, CliProcess, NpmProcess, runCliJson } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { send } from '../helpers/http.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const KEY = Buffer.alloc(32, 9).toString('base64')
const [sqlite, mariadb] = testStores()
/** For what a hub needs first; what is tested here is a process. */
const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

function envOf({ databaseUrl }: OpenStore, more: CliEnv = {}): CliEnv {
  return {
    HUB_DATABASE_URL: databaseUrl,
    HUB_PORT: '0',
    HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
    ...more,
  }
}

async function urlOf(hub: CliProcess): Promise<string> {
  const [line] = await hub.listening()
  assert.match(String(line?.url), /^http:\/\/127\.0\.0\.1:\d+$/)
  return String(line?.url)
}

function get(url: string): ReturnType<typeof send> {
  return send(url, { method: 'GET' })
}

describe('hub start', { concurrency: 2 }, () => {
  it('prints where it listens, is ready there, and ends with 0 on SIGTERM and SIGINT', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await using hub = new CliProcess(['start'], envOf(database))
      const url = await urlOf(hub)
      assert.equal((await get(`${url}/healthz`)).status, 200)
      const ready = await get(`${url}/readyz`)
      assert.equal(ready.status, 200, ready.body)
      hub.kill(signal)
      const { code, stderr } = await hub.ended()
      assert.deepEqual([code, stderr], [0, ''])
    }
  })

  it('ends with 0 when the signal comes before it is up', async () => {
    assert.ok(sqlite)
    const codes: (number | null)[] = []
    for (const delayMs of [120, 250, 400, 800]) {
      await using database = await sqlite.openEmpty()
      await using hub = new CliProcess(['start'], envOf(database))
      await sleep(delayMs)
      hub.kill()
      codes.push((await hub.ended()).code)
    }
    // Null: Node had not run anything of ours, which it needs some 50 ms for, and ten times that on a busy machine.
    assert.deepEqual(
      [...new Set(codes)].filter((code) => code !== null),
      [0],
      codes.join(),
    )
  })

  it('keeps portals and their secrets over a restart, with the key it made for itself (0600)', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    const env = envOf(database)
    const url = 'https://crm.example/'
    const { id, secret } = await runCliJson<{ id: string; secret: string }>(
      ['portal', 'add', 'CRM', url],
      env,
    )
    const keyFile = `${database.databaseUrl.slice('sqlite:'.length)}.key`
    const { mode, mtimeMs } = await stat(keyFile)
    assert.equal(mode & 0o777, 0o600)
    for (let start = 0; start < 2; start++) {
      await using hub = new CliProcess(['start'], env)
      const portal = createHub<'ping'>({ url: await urlOf(hub), portal: id, secret })
      assert.equal((await portal.ping<{ portal: string }>()).portal, id)
      if (start === 0) hub.kill('SIGKILL')
      else hub.kill()
      await hub.ended()
    }
    assert.equal((await stat(keyFile)).mtimeMs, mtimeMs)
  })

  it('finishes the request that is under way at SIGTERM, then ends with 0 within 10 s', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    const env = envOf(database)
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    // A channel that takes its time, so that a testConnect is under way.
    const channel = createServer((_request, response) => {
      asked.resolve()
      answer.promise.then(() => response.end('{"ok":false,"error_code":401}'))
    })
    channel.listen(0, '127.0.0.1')
    await once(channel, 'listening')
    await using server = await startFakePortal()
    const made = await cli.json<{ id: string; secret: string }>(
      ['portal', 'add', 'CRM', server.url],
      env,
    )
    server.secrets = [made.secret]
    await using hub = new CliProcess(['start'], env)
    const url = await urlOf(hub)
    const portal = createHub<'saveSettings' | 'testConnect'>({
      url,
      portal: made.id,
      secret: made.secret,
    })
    const apiRoot = `http://127.0.0.1:${(channel.address() as AddressInfo).port}`
    const address = { connector: 'telegram', line: '1' }
    await portal.saveSettings({ ...address, settings: { token: '1:a', apiRoot } })
    const testing = portal.testConnect<{ ok: boolean }>(address)
    await asked.promise
    const startedAt = performance.now()
    hub.kill()
    await waitFor(
      () =>
        get(`${url}/healthz`).then(
          () => false,
          () => true,
        ),
      'new connections to be refused',
    )
    answer.resolve()
    assert.equal((await testing).ok, false)
    const { code } = await hub.ended()
    assert.equal(code, 0)
    assert.ok(performance.now() - startedAt < 10_000)
    channel.closeAllConnections()
    channel.close()
  })

  it('ends with 0 within 10 s though a sender never finishes its request', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    await using hub = new CliProcess(['start'], envOf(database))
    const url = await urlOf(hub)
    const { id } = await cli.json<{ id: string }>(
      ['portal', 'add', 'Desk', 'https://portal.example'],
      envOf(database),
    )
    // Only a call that may be genuine is read.
    const headers = {
      'content-type': 'application/json',
      'content-length': '100',
      'webhook-id': 'req_never_finished',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
    }
    const outgoing = request(`${url}/rpc/${id}`, { method: 'POST', headers })
    const broken = once(outgoing, 'error')
    outgoing.write('{')
    await once(outgoing, 'socket')
    assert.equal((await get(`${url}/healthz`)).status, 200)
    const startedAt = performance.now()
    hub.kill()
    const { code } = await hub.ended()
    assert.equal(code, 0)
    assert.ok(performance.now() - startedAt < 10_000)
    await broken
  })

  it('tells in one line that its port is taken, exit code 1', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    await using other = await sqlite.openEmpty()
    await using hub = new CliProcess(['start'], envOf(database))
    const { port } = new URL(await urlOf(hub))
    const { code, stderr } = await new CliProcess(
      ['start'],
      envOf(other, { HUB_PORT: port }),
    ).ended()
    assert.equal(code, 1)
    assert.match(stderr, /^[^\n]+\n$/)
    assert.match(stderr, /EADDRINUSE/)
  })

  it('tells the same in one line with HUB_WORKERS=2, and ends all workers', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const env = envOf(database, { HUB_PORT: String(port), HUB_WORKERS: '2' })
    const { code, stdout, stderr } = await new CliProcess(['start'], env).ended()
    taken.close()
    assert.equal(code, 1)
    assert.match(stderr, /^[^\n]+EADDRINUSE[^\n]+\n$/)
    assert.doesNotMatch(stdout, /worker\.died/)
  })

  it('so it does where only the port of the operators is taken', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const env = envOf(database, { HUB_ADMIN_LISTEN: `127.0.0.1:${port}`, HUB_WORKERS: '2' })
    const { code, stdout, stderr } = await new CliProcess(['start'], env).ended()
    taken.close()
    assert.equal(code, 1)
    assert.match(stderr, /^[^\n]+EADDRINUSE[^\n]+\n$/)
    assert.doesNotMatch(stdout, /worker\.died/)
  })

  it('does not start on a key that opens nothing with HUB_WORKERS=2 either: one line, exit code 78', async () => {
    assert.ok(mariadb)
    await using database = await mariadb.openEmpty()
    await cli.json(['portal', 'add', 'CRM', 'https://crm.example/'], {
      ...envOf(database),
      HUB_SECRET_KEY: KEY,
    })
    const other = { HUB_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'), HUB_WORKERS: '2' }
    const { code, stderr } = await new CliProcess(['start'], envOf(database, other)).ended()
    assert.equal(code, 78)
    assert.match(stderr, /^[^\n]+HUB_SECRET_KEY[^\n]+\n$/)
  })

  for (const workers of ['1', '2']) {
    it(`ends with npm start, which a signal is sent to, HUB_WORKERS=${workers}`, async () => {
      assert.ok(sqlite)
      await using database = await sqlite.openEmpty()
      const env = envOf(database, { HUB_WORKERS: workers })
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        await using npm = new NpmProcess(['start'], env)
        const [line] = await npm.listening(Number(workers))
        npm.kill(signal)
        const { code } = await npm.ended()
        assert.equal(code, 0)
        await assert.rejects(get(`${line?.url}/healthz`))
      }
    })
  }

  it('with HUB_WORKERS=2 serves from both, replaces one that is killed, and stops as one', async () => {
    assert.ok(mariadb)
    await using database = await mariadb.openEmpty()
    const env = envOf(database, { HUB_WORKERS: '2', HUB_SECRET_KEY: KEY })
    const { id, secret } = await cli.json<{ id: string; secret: string }>(
      ['portal', 'add', 'CRM', 'https://crm.example/'],
      env,
    )
    await using hub = new CliProcess(['start'], env)
    const lines = await hub.listening(2)
    const pids = lines.map(({ pid }) => Number(pid))
    assert.equal(new Set(pids).size, 2)
    const url = String(lines[0]?.url)
    assert.equal(lines[1]?.url, url)
    const portal = createHub<'ping'>({ url, portal: id, secret })
    await Promise.all(Array.from({ length: 20 }, () => portal.ping()))
    process.kill(Number(pids[0]), 'SIGKILL')
    const again = await hub.listening(3)
    assert.ok(!pids.includes(Number(again[2]?.pid)))
    await portal.ping()
    hub.kill()
    const { code } = await hub.ended()
    assert.equal(code, 0)
    for (const { pid } of again) {
      assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' })
    }
  })
})
