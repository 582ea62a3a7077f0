import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DEPTH, FENCES, toFences } from './biome.ts'
import { ROOMS, WITHOUT_FENCES } from './rooms.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** An import from a file, and whether it may be. */
const TRIALS: readonly (readonly [file: string, target: string, isAllowed: boolean])[] = [
  ['src/core/a.ts', './ids.ts', true],
  ['src/core/b.ts', '../db/engine/store.ts', false],
  ['src/core/c.ts', 'undici', false],
  ['src/text/a.ts', '../core/rich-text.ts', true],
  ['src/text/channels/b.ts', '../../core/rich-text.ts', true],
  ['src/text/channels/c.ts', '../../db/engine/store.ts', false],
  ['src/db/inbox/a.ts', '../engine/sql.ts', true],
  ['src/db/inbox/b.ts', '../../lines/directory.ts', false],
  ['src/db/inbox/c.ts', '../../core/ids.ts', true],
  ['src/lines/a.ts', '../db/lines/lines.ts', true],
  ['src/lines/b.ts', '../ingress/webhook.ts', false],
  ['src/lease/a.ts', '../lines/directory.ts', false],
  ['src/inbox/a.ts', '../lease/group-commit.ts', true],
  ['src/inbox/b.ts', '../outbox/sender.ts', false],
  ['src/inbox/c.ts', 'knex', false],
  ['src/outbox/a.ts', '../ingress/webhook.ts', false],
  ['src/http/a.ts', '../ingress/route.ts', false],
  ['src/http/b.ts', 'koa', true],
  ['src/portal/methods/a.ts', '../speakers.ts', true],
  ['src/portal/methods/b.ts', '../../outbox/payload.ts', false],
  ['src/portal/dialects/native/a.ts', '../../../client/signature.ts', true],
  ['src/portal/dialects/native/b.ts', '../../../client/hub.ts', false],
  ['src/portal/dialects/native/c.ts', '../../../outgoing/guard.ts', false],
  ['src/portal/dialects/native/d.ts', '../../call-failure.ts', true],
  ['src/portal/dialects/native/e.ts', '../other/door.ts', false],
  ['src/portal/dialects/native/f.ts', '../../methods/table.ts', false],
  ['src/portal/dialects/native/g.ts', '../../../lines/directory.ts', false],
  ['src/portal/dialects/a.ts', './native/index.ts', true],
  ['src/portal/methods/c.ts', '../dialects/native/door.ts', false],
  ['src/portal/a.ts', './dialects/native/door.ts', false],
  ['src/portal/b.ts', './dialects/index.ts', false],
  ['src/jobs/a.ts', '../outbox/expiry.ts', false],
  ['src/core/d.ts', './../db/engine/store.ts', false],
  ['src/core/e.mts', '../db/engine/store.ts', false],
  ['src/core/f.ts', 'node:fs/promises', false],
  ['src/core/g.ts', 'node:crypto', true],
  ['src/text/d.ts', 'got', false],
  ['connectors/telegram/e.ts', './../viber/send.ts', false],
  ['connectors/telegram/f.ts', 'node:https', false],
  ['connectors/telegram/a.ts', '#core/connector.ts', true],
  ['connectors/telegram/b.ts', '#meta/graph.ts', false],
  ['connectors/telegram/c.ts', '../viber/send.ts', false],
  ['connectors/telegram/d.ts', '../../src/db/engine/store.ts', false],
  ['connectors/a-new-one/a.ts', '#kit/degrade.ts', true],
  ['connectors/a-new-one/b.ts', '../slack/send.ts', false],
  ['connectors/whatsapp/a.ts', '#meta/graph.ts', true],
  ['connectors/kit/a.ts', '#text/plain.ts', true],
  ['connectors/kit/b.ts', '#meta/graph.ts', false],
  ['config/a.ts', '../src/core/ids.ts', false],
  ['migrations/20990101000000_a.ts', '../src/core/ids.ts', false],
  ['src/assets/a.ts', '../core/route.ts', true],
  ['src/assets/b.ts', '../db/engine/store.ts', false],
  ['console/pages/a.ts', '../../src/core/shapes/admin.ts', true],
  ['console/pages/b.ts', '../../src/lines/directory.ts', false],
  ['console/pages/c.ts', '../parts/table.tsx', true],
  ['src/app.ts', './inbox/dispatcher.ts', true],
]

describe('the fences between the rooms', () => {
  it('are made from the list of rooms', () => {
    assert.equal(readFileSync(FENCES, 'utf8'), toFences(), 'npm run fences')
  })

  it('know every room there is', () => {
    const known = [...[...ROOMS.values()].map(({ path }) => path), ...WITHOUT_FENCES]
    const entries = ['src', 'connectors'].flatMap((parent) =>
      readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`),
    )
    const isKnown = (entry: string): boolean =>
      known.includes(entry) || (!entry.endsWith('.ts') && known.includes(`${dirname(entry)}/*`))
    assert.deepEqual(
      entries.filter((entry) => !isKnown(entry)),
      [],
    )
  })

  it('reach to the deepest folder of every room', () => {
    const paths = [...ROOMS.values()].map(({ path }) => path).filter((path) => !path.endsWith('*'))
    const tooDeep = [...paths, 'connectors'].flatMap((path) =>
      readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.split('/').length > DEPTH + 1)
        .map((file) => `${path}/${file}`),
    )
    assert.deepEqual(tooDeep, [])
  })

  it('are not walked around by another way of writing an import', () => {
    const crooked = ['src', 'connectors', 'config', 'migrations'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.[cm]?[jt]s$/.test(file))
        .flatMap((file) => findCrooked(readFileSync(join(ROOT, folder, file), 'utf8'))),
    )
    assert.deepEqual(crooked, [])
    assert.deepEqual(findCrooked("export type A = import('../db/a.ts').A"), [
      "import('../db/a.ts').",
    ])
    assert.deepEqual(findCrooked("import { a } from '../core/../db/a.ts'"), [
      "'../core/../db/a.ts'",
    ])
    assert.deepEqual(findCrooked("import { a } from '../../core/a.ts'\nawait import('./b.ts')"), [])
  })

  it('let no room reach for what it must not, and leave it what it may', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openlines-hub-fences-'))
    try {
      for (const name of ['biome.json', 'biome.fences.json'])
        cpSync(join(ROOT, name), join(folder, name))
      for (const [file, target] of TRIALS) {
        mkdirSync(join(folder, dirname(file)), { recursive: true })
        writeFileSync(join(folder, file), `export { a } from '${target}'\n`)
      }
      const refused = await findRefused(folder)
      for (const [file, target, isAllowed] of TRIALS) {
        const verb = isAllowed ? 'may import' : 'must not import'
        assert.equal(!refused.has(file), isAllowed, `${file} ${verb} ${target}`)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** What Biome's rule doesn't see: an import within a type, and a way that goes down into a folder and up again. */
function findCrooked(source: string): string[] {
  const ofTypes = source.match(/\bimport\('[^']*'\)\./g) ?? []
  const ways = source.match(/'\.{1,2}\/[^'\s]*[^./'\s]\/\.{1,2}\/[^'\s]*'/g) ?? []
  return [...ofTypes, ...ways]
}

/** The files in which Biome finds an import that is restricted. */
async function findRefused(folder: string): Promise<ReadonlySet<string>> {
  const biome = join(ROOT, 'node_modules/.bin/biome')
  const rule = 'lint/style/noRestrictedImports'
  const args = [
    'lint',
    `--only=${rule.replace('lint/', '')}`,
    '--max-diagnostics=none',
    '--reporter=json',
    '.',
  ]
  const { stdout } = await promisify(execFile)(biome, args, { cwd: folder }).catch(
    // It ends with 1 where it finds something.
    (error: { stdout: string }) => error,
  )
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[]
  }
  const found = diagnostics.filter(({ category }) => category === rule)
  return new Set(
    found.map(({ location: { path } }) =>
      (typeof path === 'string' ? path : path.file).replace(/^\.\//, ''),
    ),
  )
}
