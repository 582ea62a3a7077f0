import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { buildAssets, LazyBundle } from '../../../src/assets/builder.ts'
import type { Asset } from '../../../src/assets/bundle.ts'
import { assetReply } from '../../../src/assets/reply.ts'

describe('the asset builder', () => {
  let folder = ''
  let entry = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openlines-hub-assets-'))
    entry = join(folder, 'entry.ts')
    await writeFile(join(folder, 'entry.css'), 'p { color: red }')
    await writeFile(entry, "import './entry.css'\nconst text: string = 'hello'\nalert(text)\n")
  })
  after(() => rm(folder, { recursive: true }))

  it('makes a module and its style sheet, small, under names that say what is in them', async () => {
    const first = await buildAssets({ entry, name: 'page' })
    const second = await buildAssets({ entry, name: 'page' })
    assert.match(first.script.file, /^page-[A-Z0-9]{8}\.js$/)
    assert.match(first.style?.file ?? '', /^page-[A-Z0-9]{8}\.css$/)
    assert.equal(second.script.file, first.script.file)
    assert.equal(Buffer.from(first.script.bytes).toString(), 'var t="hello";alert(t);\n')
    assert.equal(first.assets.size, 2)
  })

  it('builds side by side', async () => {
    const names = ['a', 'b', 'c']
    const made = await Promise.all(names.map((name) => buildAssets({ entry, name })))
    assert.deepEqual(
      made.map(({ script }) => script.file[0]),
      names,
    )
  })

  it('ends without a word when the hub has been killed', async () => {
    const program = new URL('../../../src/assets/build-process.ts', import.meta.url)
    const builder = fork(fileURLToPath(program), { silent: true, serialization: 'advanced' })
    let said = ''
    builder.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
    await new Promise((resolve) => builder.send({ entry, name: 'page' }, resolve))
    builder.disconnect()
    const [code] = await once(builder, 'exit')
    assert.deepEqual([code, said], [0, ''])
  })

  it('says what is wrong with code that it can not build, and tries again when asked again', async () => {
    const broken = join(folder, 'broken.ts')
    await writeFile(broken, 'const = 1\n')
    const bundle = new LazyBundle({ entry: broken, name: 'page' })
    await assert.rejects(bundle.get(), /Expected identifier/)
    await writeFile(broken, 'alert(1)\n')
    assert.equal((await bundle.get()).style, undefined)
  })
})

describe('an asset', () => {
  const text = 'body { color: red }'.repeat(20)
  let asset: Asset
  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openlines-hub-asset-'))
    await writeFile(join(folder, 'a.ts'), `alert(${JSON.stringify(text)})`)
    asset = (await buildAssets({ entry: join(folder, 'a.ts'), name: 'a' })).script
    await rm(folder, { recursive: true })
  })
  const ask = (headers: Record<string, string>) => assetReply(asset, { headers })

  it('comes compressed as the browser takes it', () => {
    const plain = Buffer.from(asset.bytes)
    const brotli = ask({ 'accept-encoding': 'gzip, deflate, br' })
    assert.equal(brotli.headers?.['content-encoding'], 'br')
    assert.deepEqual(brotliDecompressSync(brotli.body as Uint8Array), plain)
    const gzip = ask({ 'accept-encoding': 'gzip, br;q=0' })
    assert.deepEqual(gunzipSync(gzip.body as Uint8Array), plain)
    assert.equal(ask({}).headers?.['content-encoding'], undefined)
    assert.deepEqual(Buffer.from(ask({}).body as Uint8Array), plain)
  })

  it('is kept by the browser, which is told so when it asks again', () => {
    assert.equal(ask({}).headers?.['cache-control'], 'public, max-age=31536000, immutable')
    const again = ask({ 'if-none-match': `"x", W/${asset.etag}` })
    assert.equal(again.status, 304)
    assert.equal(again.body, undefined)
    assert.equal(assetReply(asset, { headers: {} }, { cache: 'no-cache' }).status, 200)
  })
})
