import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const PROGRAM = `import { createHub, createRouter, parsePacket, RejectEvent, signedHeaders } from 'openlines-hub-client'
const secret = 'whsec_' + Buffer.alloc(32, 1).toString('base64')
const router = createRouter().on('message.new', () => { throw new RejectEvent('no') })
const body = Buffer.from(JSON.stringify({ id: 'pkt_1', type: 'events', events: [{ id: 'evt_1', type: 'message.new' }] }))
const headers = signedHeaders({ id: 'pkt_1', timestamp: Math.floor(Date.now() / 1000), body, secrets: [secret] })
const answer = await router.handle({ headers, body }, { secrets: [secret] })
await createHub({ url: 'http://127.0.0.1:1', portal: 'prt_1', secret }).ping().catch((error) => console.log(error.name))
console.log(answer.body, parsePacket(body).id)`

/** The oldest Node at hand: the package promises 20. */
async function olderNode(): Promise<string> {
  const version = await run('/usr/bin/node', ['--version']).then(
    ({ stdout }) => stdout,
    () => 'v0',
  )
  return Number(/^v(\d+)/.exec(version)?.[1]) >= 20 ? '/usr/bin/node' : process.execPath
}

describe("the client's package", () => {
  it('is built, packed, installed, and works in JavaScript and for the compiler', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hub-client-'))
    try {
      const tsc = join(ROOT, 'node_modules/.bin/tsc')
      const built = join(folder, 'node_modules/openlines-hub-client')
      await mkdir(built, { recursive: true })
      await run(tsc, [
        '-p',
        join(ROOT, 'clients/js/tsconfig.json'),
        '--outDir',
        join(built, 'dist'),
      ])
      await run('cp', [join(ROOT, 'clients/js/package.json'), built])
      await writeFile(join(folder, 'portal.mjs'), PROGRAM)
      const { stdout } = await run(await olderNode(), ['portal.mjs'], { cwd: folder })
      assert.equal(
        stdout,
        'HubUnreachableError\n{"accepted":[],"rejected":[{"id":"evt_1","reason":"no"}]} pkt_1\n',
      )
      // Its types are those of the source.
      await mkdir(join(folder, 'node_modules/@types'))
      await symlink(
        join(ROOT, 'node_modules/@types/node'),
        join(folder, 'node_modules/@types/node'),
      )
      const undici = join(ROOT, 'node_modules/undici-types')
      await symlink(undici, join(folder, 'node_modules/undici-types'))
      await writeFile(
        join(folder, 'portal.ts'),
        "import { createHub, createRouter } from 'openlines-hub-client'\nconst hub = createHub<'ping'>({ url: '', portal: '', secret: '' })\nexport const good: Promise<string> = hub.ping<string>()\n// @ts-expect-error no such method was named\nhub.pong()\nexport const router = createRouter().on('message.new', ({ message, chat }) => console.log(message.text?.length, chat.id.length)).on('line.health', ({ health }) => console.log(health.state.length))\n// @ts-expect-error a message.new has no status\nrouter.on('message.new', ({ status }: { status: number }) => console.log(status))\n",
      )
      const options = ['--strict', '--noEmit', '--module', 'nodenext', '--types', 'node']
      await run(tsc, [...options, 'portal.ts'], { cwd: folder })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
