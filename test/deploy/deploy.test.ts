import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { access, cp, glob, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { parseConfig } from '#config'
import { CliProcess } from '../helpers/cli.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

function read(path: string): Promise<string> {
  return readFile(join(ROOT, 'deploy', path), 'utf8')
}

/** `NAME=value` lines, also those that are commented out. */
function variablesOf(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => /^(?:# )?([A-Z_]+)=(.*)$/.exec(line))
  return Object.fromEntries(lines.flatMap((found) => (found ? [[found[1], found[2]]] : [])))
}

describe('what deploy/ holds', () => {
  it('is taken by the programs that read it, as far as they are installed', () => {
    const { status, stdout, stderr } = spawnSync(join(ROOT, 'deploy/check'), { encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
  })

  for (const path of ['compose/hub.env.example', 'systemd/hub.env.example']) {
    it(`${path} is a configuration that the hub takes, with a key`, async () => {
      const own = Object.entries(variablesOf(await read(path))).filter(([name]) =>
        name.startsWith('HUB_'),
      )
      const KEY = Buffer.alloc(32, 1).toString('base64')
      const filled = { HUB_SECRET_KEY: KEY, HUB_ADMIN_TOKEN: 'x'.repeat(24) }
      const config = parseConfig({
        ...Object.fromEntries(own),
        ...Object.fromEntries(
          Object.entries(filled).filter(([name]) => own.some(([n]) => n === name)),
        ),
      })
      assert.deepEqual(config.strangers, [])
    })
  }

  it('compose.yaml names files and services that are there', async () => {
    const { services, volumes } = parse(await read('compose/compose.yaml')) as {
      services: Record<string, { depends_on?: object; env_file?: string; volumes?: string[] }>
      volumes: object
    }
    const folder = await readdir(join(ROOT, 'deploy/compose'))
    const all = Object.values(services)
    const needed = all.flatMap(({ depends_on: on = [] }) =>
      Array.isArray(on) ? (on as string[]) : Object.keys(on),
    )
    assert.deepEqual(
      needed.filter((name) => !(name in services)),
      [],
    )
    const files = all.flatMap(({ env_file: file }) => (file ? [`${file}.example`] : []))
    assert.deepEqual(
      files.filter((name) => !folder.includes(name)),
      [],
    )
    const mounted = all
      .flatMap((service) => service.volumes ?? [])
      .map((one) => one.split(':')[0] ?? '')
    for (const path of mounted.filter((name) => name.startsWith('.'))) {
      await read(join('compose', path))
    }
    assert.deepEqual(
      mounted.filter((name) => !name.startsWith('.') && !(name in volumes)),
      [],
    )
  })

  it('the Dockerfile copies everything that a hub needs, and its command starts one', async () => {
    const text = await read('Dockerfile')
    const image = await mkdtemp(join(tmpdir(), 'hub-image-'))
    try {
      for (const [, line = ''] of text.matchAll(/^COPY (.+)$/gm)) {
        const names = line.split(' ')
        const target = names.pop() ?? ''
        for (const name of names) {
          await cp(join(ROOT, name), join(image, target === './' ? name : target), {
            recursive: true,
          })
        }
      }
      await symlink(join(ROOT, 'node_modules'), join(image, 'node_modules'))
      const command = JSON.parse(/^CMD (\[.+\])$/m.exec(text)?.[1] ?? '[]') as string[]
      assert.equal(command.shift(), 'node')
      const env = { HUB_DATABASE_URL: `sqlite:${join(image, 'hub.sqlite')}`, HUB_PORT: '0' }
      await using hub = new CliProcess([], env, [
        process.execPath,
        ...command.map((word) => (word.startsWith('bin/') ? join(image, word) : word)),
      ])
      const [line] = await hub.listening()
      assert.equal((await fetch(`${line?.url}/readyz`)).status, 200)
      assert.deepEqual(await findMissing(image), [])
    } finally {
      await rm(image, { recursive: true, force: true })
    }
  })
})

/** Files that the image's code opens beside itself when somebody asks for them, and that aren't there. */
async function findMissing(image: string): Promise<string[]> {
  const missing: string[] = []
  for await (const file of glob('{src,connectors}/**/*.ts', { cwd: image })) {
    const text = await readFile(join(image, file), 'utf8')
    for (const [, path = ''] of text.matchAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g)) {
      const target = join(image, file, '..', path)
      await access(target).catch(() => missing.push(target))
    }
  }
  return missing
}
