import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { randomId } from '../../src/core/ids.ts'
import { startTestHub, type TestHub } from '../helpers/hub.ts'
import { requireProgram } from '../helpers/programs.ts'
import { startScriptPortal } from '../helpers/script-portal.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const run = promisify(execFile)
const CLIENTS = fileURLToPath(new URL('../../clients/', import.meta.url))

interface Language {
  readonly name: string
  readonly program: string
  readonly debianPackage: string
  /** The example portal; `PORT` is where it is to listen. */
  readonly portal: readonly [string, ...string[]]
  /** Connects a Telegram bot, whose token comes last. */
  readonly connect: readonly [string, ...string[]]
}

const CONNECT_PY = `import os, sys, portal
line = dict(connector="telegram", line="1")
portal.call("saveSettings", **line, settings=dict(token=sys.argv[1], apiRoot=os.environ["HUB_API_ROOT"], mode="polling"))
sys.exit(0 if portal.call("testConnect", **line)["ok"] else 1)`

const LANGUAGES: readonly Language[] = [
  {
    name: 'PHP',
    program: 'php',
    debianPackage: 'php-cli',
    portal: ['php', '-S', '127.0.0.1:PORT', `${CLIENTS}php/example/portal.php`],
    connect: ['php', `${CLIENTS}php/example/connect.php`],
  },
  {
    name: 'PHP without curl',
    program: 'php',
    debianPackage: 'php-cli',
    portal: ['php', '-n', '-S', '127.0.0.1:PORT', `${CLIENTS}php/example/portal.php`],
    connect: ['php', '-n', `${CLIENTS}php/example/connect.php`],
  },
  {
    name: 'Python',
    program: 'python3',
    debianPackage: 'python3',
    portal: ['python3', `${CLIENTS}python/portal.py`, 'PORT'],
    connect: ['python3', '-c', CONNECT_PY],
  },
]

/** A portal of the hub whose address is given later: it is a program that needs the secret first. */
async function addPortal(hub: TestHub): Promise<{ id: string; secret: string }> {
  const { portalOperations } = hub.app.services
  const format = { text: 'plain', emoji: 'unicode' } as const
  return await portalOperations.add({ name: randomId('prt_'), url: 'http://127.0.0.1:1/', format })
}

for (const language of LANGUAGES) {
  describe(`the example portal in ${language.name}`, () => {
    before(() => requireProgram(language.program, language.debianPackage))

    it('connects a bot and answers whoever writes', async () => {
      const [sqlite] = testStores()
      assert.ok(sqlite)
      await using database = await sqlite.open()
      await using hub = await startTestHub({ databaseUrl: database.databaseUrl })
      await using telegram = await startTelegramWithBot()
      const { id, secret } = await addPortal(hub)
      const env = { HUB_URL: hub.url, HUB_PORTAL: id, HUB_SECRET: secret }
      await using portal = await startScriptPortal(language.portal, env)
      await hub.app.services.portalOperations.edit(id, { url: portal.url })
      assert.equal((await fetch(portal.url, { method: 'POST', body: '{}' })).status, 401)

      const [program, ...args] = language.connect
      await run(program, [...args, BOT_TOKEN], {
        cwd: `${CLIENTS}python`,
        env: {
          PATH: '/usr/bin:/bin',
          PYTHONDONTWRITEBYTECODE: '1',
          ...env,
          HUB_API_ROOT: telegram.url,
        },
      })
      const text = 'Grüße 👋 & <b>"quotes"</b>'
      await telegram.personWrites({ botId: BOT_ID, chatId: 55, text })
      await waitFor(
        () => telegram.callsOf('sendMessage').length > 0,
        () => `an answer: ${portal.output()}`,
        10_000,
      )
      assert.equal(telegram.callsOf('sendMessage')[0]?.params['text'], `You wrote: ${text}`)
    })
  })
}
