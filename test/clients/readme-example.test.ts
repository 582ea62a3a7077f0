import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { findLastingPort } from '../chaos/free-ports.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { startScriptPortal } from '../helpers/script-portal.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const ROOT = new URL('../../', import.meta.url)

/** The portal of README.md, with the addresses of this test in the place of the usual ones. */
async function readExample(hubUrl: string, apiRoot: string): Promise<string> {
  const readme = await readFile(new URL('README.md', ROOT), 'utf8')
  const [, code = ''] = /Save as `my-portal\.ts`[\s\S]*?```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const changes = [
    ['http://127.0.0.1:8080', hubUrl],
    ['port: 9000', 'port: Number(process.argv[5])'],
    ["mode: 'polling'", `mode: 'polling', apiRoot: '${apiRoot}'`],
  ] as const
  return changes.reduce(
    (text, [usual, here]) => {
      assert.ok(text.includes(usual), `README's example says ${usual}`)
      return text.replaceAll(usual, here)
    },
    code.replaceAll("'./", `'${ROOT}`),
  )
}

it('the portal in README.md connects a bot and answers whoever writes to it', async () => {
  await using telegram = await startTelegramWithBot()
  await using hub = await startTestHub({ databaseUrl: 'sqlite::memory:' })
  await using portal = await addTestPortal(hub)
  const folder = await mkdtemp(join(tmpdir(), 'hub-readme-'))
  try {
    const file = join(folder, 'my-portal.ts')
    await writeFile(file, await readExample(hub.url, telegram.url))
    const port = await findLastingPort()
    const url = `http://127.0.0.1:${port}/`
    await hub.app.services.portalOperations.edit(portal.id, { url })
    await using script = await startScriptPortal(
      [process.execPath, file, portal.id, portal.secret, BOT_TOKEN, 'PORT'],
      {},
      port,
    )
    await waitFor(
      () => script.output().includes('ok: true'),
      () => `the line to be connected: ${script.output()}`,
      15_000,
    )
    await telegram.personWrites({ botId: BOT_ID, chatId: 7, text: 'hello' })
    const answer = await waitFor(
      () => telegram.callsOf('sendMessage')[0],
      () => `an answer; the portal said ${script.output()}`,
      15_000,
    )
    assert.equal(answer.params['text'], 'You wrote: hello')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
