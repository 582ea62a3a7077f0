import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createHub } from '../../src/client/hub.ts'
import { startFakePortal } from '../fakes/portal.ts'
import { type CliEnd, type CliEnv, CliProcess, runCli, runCliJson } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { failureOf } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  type StatusShape,
  startTelegramWithBot,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

const KEY = Buffer.alloc(32, 9).toString('base64')

interface PortalMade {
  readonly id: string
  readonly secret: string
  readonly url: string
}

/** One line for the operator, no stack. */
function assertOneLine(stderr: string): void {
  assert.match(stderr, /^[^\n]+\n$/)
  assert.doesNotMatch(stderr, /\bat .+:\d+:\d+/)
}

/** A hub that starts is a process of its own. */
function runOrStart(args: readonly string[], env: CliEnv): Promise<CliEnd> {
  return args[0] === 'start' ? runCli(args, env) : cli.run(args, env)
}

function envOf({ databaseUrl }: OpenStore): CliEnv {
  return {
    HUB_DATABASE_URL: databaseUrl,
    HUB_SECRET_KEY: KEY,
    HUB_PORT: '0',
    HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
  }
}

for (const store of testStores()) {
  describe(`the command line on ${store.name}`, () => {
    let database: OpenStore
    let env: CliEnv
    before(async () => {
      database = await store.openEmpty()
      env = envOf(database)
    })
    after(() => database.dispose())

    it('migrates up, says what is pending, and down again', async () => {
      await using fresh = await store.openEmpty()
      const own = envOf(fresh)
      const pending = (await cli.json<{ pendingMigrations: string[] }>(['check'], own))
        .pendingMigrations
      assert.ok(pending.length > 0)
      const up = await runCliJson<{ applied: string[] }>(['migrate'], own)
      assert.deepEqual(up.applied, pending)
      assert.deepEqual(await cli.json(['migrate'], own), { applied: [] })
      const checked = await runCliJson<Record<string, unknown>>(['check'], own)
      assert.deepEqual([checked['ok'], checked['pendingMigrations']], [true, []])
      assert.doesNotMatch(JSON.stringify(checked), new RegExp(KEY.slice(0, 20)))
      const asked = await cli.run(['migrate', '--down'], own)
      assert.deepEqual([asked.code, asked.stdout], [1, ''])
      assertOneLine(asked.stderr)
      assert.match(asked.stderr, new RegExp(`${pending.at(-1)}.*--yes`))
      const down = await cli.json<{ reverted: string[] }>(['migrate', '--down', '--yes'], own)
      assert.deepEqual(down.reverted, pending.slice(-1), 'one a step')
      assert.deepEqual((await cli.json<typeof up>(['migrate'], own)).applied, pending.slice(-1))
    })

    it('makes, lists, rotates and removes portals', async () => {
      const url = 'https://crm.example/hub'
      const add = ['portal', 'add', 'Sales', url, '--text', 'markdown', '--emoji', 'unicode']
      const made = await runCliJson<PortalMade>(add, env)
      assert.deepEqual(Object.keys(made).sort(), ['id', 'secret', 'url'])
      assert.match(made.id, /^prt_[0-9a-z]{20}$/)
      assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
      assert.equal(made.url, url)
      const [listed] = await cli.json<{ id: string; name: string }[]>(['portal', 'list'], env)
      assert.deepEqual([listed?.id, listed?.name], [made.id, 'Sales'])
      assert.doesNotMatch(JSON.stringify(listed), /whsec_/)
      const edit = [
        'portal',
        'edit',
        made.id,
        '--name',
        'Shop',
        '--text',
        'plain',
        '--ack',
        'strict',
      ]
      assert.deepEqual(await cli.json(edit, env), { id: made.id })
      const [edited] = await cli.json<Record<string, string>[]>(['portal', 'list'], env)
      const { name, text, emoji, dialect, ack } = edited ?? {}
      assert.deepEqual([name, text, emoji, dialect], ['Shop', 'plain', 'unicode', 'native'])
      assert.equal(ack, 'strict')
      const rotated = await cli.json<PortalMade & { oldValidUntil: string }>(
        ['portal', 'rotate', made.id],
        env,
      )
      assert.notEqual(rotated.secret, made.secret)
      assert.ok(Date.parse(rotated.oldValidUntil) > Date.now() + 23 * 3_600_000)
      const revoke = ['portal', 'rotate', made.id, '--revoke']
      const revoked = await cli.json<typeof rotated>(revoke, env)
      assert.ok(![made.secret, rotated.secret].includes(revoked.secret))
      assert.ok(Date.parse(revoked.oldValidUntil) <= Date.now())
      assert.deepEqual(await cli.json(['portal', 'remove', made.id, '--yes'], env), {
        removed: made.id,
      })
      assert.deepEqual(await cli.json(['portal', 'list'], env), [])
    })

    it('looks at lines and their dead letters beside a hub that runs', async () => {
      await using telegram = await startTelegramWithBot()
      await using server = await startFakePortal()
      const made = await cli.json<PortalMade>(['portal', 'add', 'CRM', server.url], env)
      server.secrets = [made.secret]
      await using hub = new CliProcess(['start'], env)
      const [{ url = '' } = {}] = await hub.listening()
      const portal = createHub<'saveSettings' | 'testConnect' | 'listLines' | 'ping'>({
        url,
        portal: made.id,
        secret: made.secret,
      })
      const address = { connector: 'telegram', line: '12' }
      await portal.saveSettings({
        ...address,
        settings: { token: BOT_TOKEN, apiRoot: telegram.url },
      })
      assert.equal((await portal.testConnect<{ ok: boolean }>(address)).ok, true)
      const write = (text: string) => telegram.personWrites({ botId: BOT_ID, chatId: 5, text })
      const line = [made.id, 'telegram', '12']
      const status = () => cli.json<StatusShape>(['line', 'status', ...line], env)

      await runCliJson(['line', 'pause', ...line], env)
      const paused = (await status()).outbound as { paused?: { reason: string } }
      assert.equal(paused.paused?.reason, 'paused by the operator')
      await cli.json(['line', 'resume', ...line], env)
      assert.deepEqual((await status()).outbound, { depth: 0 })

      server.answer(({ body }) => ({
        body: { rejected: body.events?.map(({ id }) => ({ id, reason: 'no such person' })) },
      }))
      await write('one')
      await write('two')
      type Letter = { event: string; type: string; reason: string }
      const letters = await waitFor(
        async () => {
          const found = await cli.json<Letter[]>(['dead-letters', 'list', ...line], env)
          return found.length === 2 ? found : undefined
        },
        'two dead letters',
        20_000,
      )
      assert.deepEqual(
        letters.map(({ type }) => type),
        ['message.new', 'message.new'],
      )
      assert.match(letters[0]?.reason ?? '', /no such person$/)
      const [first, second] = letters.map(({ event }) => event)
      assert.ok(first && second)
      server.answer()
      const replay = ['dead-letters', 'replay', ...line, first]
      assert.deepEqual(await runCliJson(replay, env), { replayed: 1 })
      const [event] = await server.waitForEvents(1)
      assert.equal(event?.message?.text, 'one')
      const remove = ['dead-letters', 'delete', ...line, '--yes']
      assert.deepEqual(await cli.json(remove, env), { deleted: 1 })
      const foreign = await cli.run([...remove, 'evt_nonsense'], env)
      assert.equal(foreign.code, 1)

      server.answer({ status: 500 })
      await write('three')
      await waitFor(async () => (await status()).lockout, 'the lockout', 20_000)
      server.answer()
      const retried = await cli.json<StatusShape>(['line', 'retry', ...line], env)
      assert.equal(retried.line, '12')
      await server.waitForEvents(2)
      const list = await cli.json<StatusShape[]>(['line', 'list', '--portal', made.id], env)
      assert.deepEqual(
        list.map(({ connector, line: id, status: state }) => [connector, id, state]),
        [['telegram', '12', 'connected']],
      )
      assert.deepEqual(await cli.json(['line', 'list', '--portal', 'prt_x'], env), [])

      const removed = await runCli(['portal', 'remove', made.id, '--yes'], env)
      assert.equal(removed.code, 0, removed.stderr)
      assert.equal(telegram.bot(BOT_ID).webhook, undefined)
      // The hub that runs has the portal in memory for a few seconds at most.
      await waitFor(
        () =>
          portal.ping().then(
            () => false,
            () => true,
          ),
        'calls of the portal to be refused',
        10_000,
      )
      assert.equal((await failureOf(portal.ping())).status, 401)
    })
  })
}

describe('the command line', { concurrency: 2 }, () => {
  const [sqlite] = testStores()

  const failures: [args: string[], words: RegExp][] = [
    [['portal', 'remove', 'prt_nobody'], /prt_nobody/],
    [['portal', 'rotate', 'prt_nobody'], /prt_nobody/],
    [['portal', 'add', 'X', 'ftp://x'], /https?:/],
    [['portal', 'add', 'X', 'https://me:word@crm.example/'], /user name or password/],
    [['portal', 'add', 'X', `https://crm.example/${'x'.repeat(2048)}`], /2048 characters/],
    [['line', 'status', 'prt_x', 'telegram', '1'], /no line/],
    [['portal', 'set', 'prt_x', '--time-zone', 'UTC'], /no portal prt_x/],
    [['dead-letters', 'list', 'prt_x', 'telegram', '1'], /no line/],
  ]
  for (const [args, words] of failures) {
    it(`hub ${args.join(' ').slice(0, 60)}: one line on stderr, exit code 1`, async () => {
      assert.ok(sqlite)
      await using database = await sqlite.openEmpty()
      const { code, stdout, stderr } = await cli.run(args, envOf(database))
      assert.deepEqual([code, stdout], [1, ''])
      assertOneLine(stderr)
      assert.match(stderr, words)
    })
  }

  const misused = [
    ['nonsense'],
    ['portal'],
    ['portal', 'add', 'x'],
    ['portal', 'edit', 'prt_1'],
    ['portal', 'edit', 'prt_1', '--set', 'PLANTED-key'],
    ['portal', 'set', 'prt_1'],
    ['start', '--what'],
    [],
  ]
  for (const args of misused) {
    it(`hub ${args.join(' ')}: a usage error, exit code 64, nothing on stdout`, async () => {
      const { code, stdout, stderr } = await runOrStart(args, {})
      assert.deepEqual([code, stdout], [64, ''])
      assert.notEqual(stderr, '')
      assert.doesNotMatch(stderr, /PLANTED/)
    })
  }

  it('says the same and ends with the same code as a process of its own', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    const env = envOf(database)
    const away = { HUB_DATABASE_URL: 'mysql://root@127.0.0.1:1/hub', HUB_SECRET_KEY: KEY }
    const ends: [args: string[], env: CliEnv, code: number][] = [
      [['--help'], {}, 0],
      [['portal', 'rotate', 'prt_nobody'], env, 1],
      [['line', 'status', 'prt_x', 'telegram', '1'], env, 1],
      [['dead-letters', 'list', 'prt_x', 'telegram', '1'], env, 1],
      [['migrate'], away, 1],
      [['portal', 'edit', 'prt_1'], {}, 64],
      [['check'], { HUB_PORT: '99999' }, 78],
    ]
    for (const [args, own, code] of ends) {
      const end = await runCli(args, own)
      assert.equal(end.code, code, args.join(' '))
      assert.deepEqual(await cli.run(args, own), end)
    }
  })

  it('explains itself', async () => {
    const { code, stdout } = await cli.run(['--help'], {})
    assert.equal(code, 0)
    for (const command of ['start', 'demo', 'migrate', 'portal', 'line', 'dead-letters', 'check']) {
      assert.ok(stdout.includes(command), command)
    }
  })

  for (const command of ['start', 'check', 'migrate', 'portal']) {
    it(`hub ${command}: names every fault of the configuration at once, exit code 78`, async () => {
      const env = { HUB_PORT: '99999', HUB_LOCKOUT_LADDER: '0,x', HUB_DATABASE_URL: 'redis://x' }
      const { code, stdout, stderr } = await runOrStart(
        [command, ...(command === 'portal' ? ['list'] : [])],
        env,
      )
      assert.deepEqual([code, stdout], [78, ''])
      assertOneLine(stderr)
      for (const name of Object.keys(env)) assert.ok(stderr.includes(name), name)
    })
  }

  it('wants a key with mysql:, exit code 78', async () => {
    const env = { HUB_DATABASE_URL: 'mysql://root:PLANTED-password@127.0.0.1:1/hub' }
    const { code, stderr } = await runCli(['start'], env)
    assert.equal(code, 78)
    assertOneLine(stderr)
    assert.match(stderr, /HUB_SECRET_KEY/)
    assert.doesNotMatch(stderr, /PLANTED/)
  })

  it('says in one line that the store is away, without its password', async () => {
    const env = {
      HUB_DATABASE_URL: 'mysql://root:PLANTED-password@127.0.0.1:1/hub',
      HUB_SECRET_KEY: KEY,
    }
    for (const args of [['check'], ['migrate'], ['portal', 'list'], ['rekey']]) {
      const { code, stdout, stderr } = await cli.run(args, env)
      assert.deepEqual([code, stdout], [1, ''], args.join(' '))
      assertOneLine(stderr)
      assert.match(stderr, /ECONNREFUSED/)
      assert.doesNotMatch(stderr, /PLANTED/)
    }
  })

  it('reads a store with one key only: with another it says so', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    const env = envOf(database)
    await cli.json(['portal', 'add', 'CRM', 'https://crm.example/'], env)
    const other = { ...env, HUB_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') }
    const ends = [
      [['portal', 'list'], 1],
      [['start'], 78],
    ] as const
    for (const [args, expected] of ends) {
      const { code, stderr } = await runOrStart(args, other)
      assert.equal(code, expected, args.join(' '))
      assertOneLine(stderr)
      assert.match(stderr, /HUB_SECRET_KEY/)
    }
  })

  it('knows the key of a store that has no secret yet, too', async () => {
    assert.ok(sqlite)
    await using database = await sqlite.openEmpty()
    const env = envOf(database)
    await using hub = new CliProcess(['start'], env)
    await hub.listening()
    hub.kill()
    await hub.ended()
    const HUB_SECRET_KEY = Buffer.alloc(32, 1).toString('base64')
    const other = { ...env, HUB_SECRET_KEY }
    for (const args of [['start'], ['check'], ['portal', 'add', 'X', 'https://x.example/']]) {
      const { code, stderr } = await runOrStart(args, other)
      assert.equal(code, 78, args.join(' '))
      assertOneLine(stderr)
      assert.match(stderr, /worked on with another key/)
    }
    const both = { ...other, HUB_SECRET_KEY_PREVIOUS: KEY }
    assert.equal((await cli.run(['check'], both)).code, 0)
    assert.equal((await runCli(['rekey'], both)).code, 0)
    assert.equal((await cli.run(['check'], other)).code, 0)
    assert.equal((await cli.run(['check'], env)).code, 78)
  })

  it('does not start on a store whose key file is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-key-'))
    try {
      const env = { HUB_DATABASE_URL: `sqlite:${join(folder, 'hub.sqlite')}`, HUB_PORT: '0' }
      await cli.json(['portal', 'add', 'CRM', 'https://crm.example/'], env)
      const key = join(folder, 'hub.sqlite.key')
      rmSync(key)
      const { code: found, stdout } = await cli.run(['doctor', '--json'], env)
      assert.equal(found, 1, stdout)
      assert.ok(!existsSync(key), 'looking makes no key')
      const { code, stderr } = await runCli(['start'], env)
      assert.equal(code, 78)
      assertOneLine(stderr)
      assert.match(stderr, /\.key file/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
