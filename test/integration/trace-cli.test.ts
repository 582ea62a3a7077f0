import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type CliEnd, runCli } from '../helpers/cli.ts'
import { CliHost } from '../helpers/cli-host.ts'
import { readHar } from '../helpers/har.ts'
import { addTestPortal, startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  startTelegramWithBot,
} from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

const PRIVATE = '127.0.0.0/8,::1/128'

async function open(store: TestStore) {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'hub-trace-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const telegram = stack.use(await startTelegramWithBot())
  const { databaseUrl } = stack.use(await store.open())
  const hub = stack.use(await startTestHub({ databaseUrl }))
  const portal = stack.use(await addTestPortal(hub))
  await connectTelegram(portal, telegram)
  const env = {
    HUB_DATABASE_URL: databaseUrl,
    HUB_SECRET_KEY: TEST_KEY,
    HUB_ALLOW_PRIVATE_TARGETS: PRIVATE,
  }
  const line = [portal.id, 'telegram', '12']
  let id = 1000
  return {
    hub,
    portal,
    line,
    folder,
    env,
    run: (...args: string[]): Promise<CliEnd> => cli.run(args, env),
    async write(text: string, more: object = {}) {
      id += 1
      return await telegram.push(BOT_ID, {
        message: {
          message_id: id,
          date: 1_767_225_600,
          text,
          chat: { id: 55, type: 'private', first_name: 'Ann' },
          from: { id: 55, is_bot: false, first_name: 'Ann' },
          ...more,
        },
      })
    },
    post: (body: string) =>
      fetch(telegram.bot(BOT_ID).webhook?.url ?? '', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-telegram-bot-api-secret-token': telegram.bot(BOT_ID).webhook?.secretToken ?? '',
        },
        body,
      }),
    isTraced: () => waitFor(() => /"trace.started"/.test(hub.logText())),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

for (const store of testStores()) {
  describe(`hub trace and hub replay on ${store.name}`, () => {
    it('begins, shows, writes HAR and ends', async () => {
      await using bench = await open(store)
      const { run, line, folder, env } = bench
      const started = await run('trace', 'start', ...line, '--minutes', '5', '--bodies')
      assert.deepEqual([started.code, started.stderr], [0, ''])
      assert.match(started.stdout, /Traced until .*what people write/)
      await bench.isTraced()
      await bench.write('hello')
      await bench.portal.server.waitForEvents(1)
      const items = await waitFor(async () => {
        const all = await cli.json<object[]>(['trace', 'show', ...line], env)
        return all.length >= 2 ? all : undefined
      })
      assert.match((await run('trace', 'show', ...line)).stdout, /POST +http:.*\[secret\] +200/)
      const har = await runCli(['trace', ...line, '--har'], env)
      assert.deepEqual([har.code, har.stderr], [0, ''])
      const entries = readHar(har.stdout)
      assert.equal(entries.length, items.length)
      assert.ok(entries.some(({ request }) => request.postData?.text.includes('hello')))
      const file = join(folder, 'trace.har')
      assert.equal((await run('trace', ...line, '--har', file)).code, 0)
      assert.deepEqual(readHar(await readFile(file, 'utf8')), entries)
      assert.equal((await stat(file)).mode & 0o077, 0)
      const later = await run('trace', 'show', ...line, '--since', '2100-01-01', '--har')
      assert.deepEqual(readHar(later.stdout), [])
      assert.match((await run('trace', 'stop', ...line)).stdout, /has ended/)
      assert.deepEqual(await cli.json(['trace', 'stop', ...line], env), { stopped: false })
    })

    it('says what is wrong with a command', async () => {
      await using bench = await open(store)
      const { run, line } = bench
      const wrong: [string[], number, RegExp][] = [
        [['trace'], 64, /needs start, stop, show/],
        [['trace', 'start', ...line, '--minutes', '1441'], 64, /1 to 1440/],
        [['trace', 'show', ...line, '--since', 'soon'], 64, /--since/],
        [['trace', 'show', line[0] ?? '', 'telegram', 'none'], 1, /has no line none/],
        [['trace', ...line, '--har', '/nowhere/x.har'], 1, /could not be written/],
        [['replay'], 64, /needs <portal>/],
        [['replay', ...line, '--file', 'x', '--diff'], 64, /holds no events/],
        [['replay', '--file', '/nowhere', '--connector', 'telegram'], 1, /can not be read/],
      ]
      for (const [args, code, words] of wrong) {
        const end = await run(...args)
        assert.equal(end.code, code, args.join(' '))
        assert.match(end.stderr, words)
      }
    })

    it("has today's code read the recorded webhooks again, and shows what differs", async () => {
      await using bench = await open(store)
      const { run, line } = bench
      await bench.portal.hub.startTrace({
        connector: 'telegram',
        line: '12',
        minutes: 5,
        bodies: true,
      })
      await bench.write('*first*')
      await bench.write('a picture', {
        photo: [{ file_id: 'PIC', file_unique_id: 'u', width: 1, height: 1, file_size: 3 }],
      })
      await bench.portal.server.waitForEvents(2)
      assert.equal((await bench.post('{"update_id":"nonsense"}')).status, 400)
      await bench.hub.app.services.traces.recorder.flush()
      const before = await bench.hub.app.services.store.rows(
        'SELECT COUNT(*) AS n FROM seen_day_01',
      )
      const { code, stdout, stderr } = await runCli(['replay', ...line], bench.env)
      const [first, second, refused] = linesOf(stdout)
      assert.deepEqual([first?.['type'], second?.['type']], ['message.new', 'message.new'])
      assert.equal((first?.['message'] as { text: string } | undefined)?.text, '*first*')
      assert.match(String(refused?.['refused']), /HUB_BAD_UPDATE/)
      assert.equal(code, 1)
      assert.match(stderr, /3 read, 1 refused/)
      const after = await bench.hub.app.services.store.rows('SELECT COUNT(*) AS n FROM seen_day_01')
      assert.deepEqual(after, before)

      const { portalOperations } = bench.hub.app.services
      const same = await run('replay', ...line, '--diff')
      assert.deepEqual(
        linesOf(same.stdout).map((found) => 'differences' in found),
        [false],
      )
      await portalOperations.edit(bench.portal.id, {
        format: { text: 'markdown', emoji: 'unicode' },
      })
      const other = await run('replay', ...line, '--diff')
      const [differing] = linesOf(other.stdout)
      assert.deepEqual(differing?.['differences'], [
        { path: '0.message.text', recorded: '*first*', now: '\\*first\\*' },
      ])
      assert.equal(other.code, 1)
    })

    it('reads what was recorded without bodies not at all, and says so', async () => {
      await using bench = await open(store)
      await bench.portal.hub.startTrace({ connector: 'telegram', line: '12', minutes: 5 })
      await bench.write('hello')
      await bench.portal.server.waitForEvents(1)
      await bench.hub.app.services.traces.recorder.flush()
      const { code, stdout, stderr } = await bench.run('replay', ...bench.line)
      assert.deepEqual([code, stdout], [0, ''])
      assert.match(stderr, /0 read, 0 refused, 1 kept without bodies/)
    })
  })
}

describe('hub replay of a file', () => {
  const update = (text: string): object => ({
    update_id: 1,
    message: {
      message_id: 1,
      date: 1_767_225_600,
      text,
      chat: { id: 55, type: 'private' },
      from: { id: 55, is_bot: false, first_name: 'Ann' },
    },
  })

  it('reads one update, an array and JSON lines without a line or a store, and goes on after nonsense', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hub-replay-'))
    const file = join(folder, 'update.json')
    const env = { HUB_DATABASE_URL: `sqlite:${join(folder, 'none', 'hub.sqlite')}` }
    const args = ['replay', '--file', file, '--connector', 'telegram']
    const run = async (content: string): Promise<CliEnd> => {
      await writeFile(file, content)
      return await cli.run(args, env)
    }
    try {
      const texts = (end: CliEnd): unknown[] =>
        linesOf(end.stdout).map((line) => (line['message'] as { text?: string })?.text ?? line)
      const one = await run(JSON.stringify(update('one')))
      assert.deepEqual([one.code, texts(one)], [0, ['one']])
      const array = await run(JSON.stringify([update('one'), update('two')], null, 2))
      assert.deepEqual([array.code, texts(array)], [0, ['one', 'two']])
      const lines = await run(
        `${JSON.stringify(update('one'))}\n{"a\n[]\n${JSON.stringify(update('two'))}\n`,
      )
      assert.equal(lines.code, 1)
      assert.match(lines.stdout, /one.*\n.*it is not JSON.*\n.*refused.*\n.*two/)
      assert.match(lines.stderr, /4 read, 2 refused/)
      assert.ok(!lines.stdout.includes(BOT_TOKEN))
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
