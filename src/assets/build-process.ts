import { hash } from 'node:crypto'
import { basename, extname } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'
import { build, type OutputFile, stop } from 'esbuild'
import type { Asset, BuildReply, Bundle, BundleSource } from './bundle.ts'

/** The process that src/assets/builder.ts starts: it is sent one BundleSource and sends back one BuildReply. */

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

process.once('message', async (source: BundleSource) => {
  process.send?.(await reply(source), () => process.disconnect())
})
// Also when the hub was killed: then nobody waits for what is being built.
process.once('disconnect', () => process.exit())

async function reply(source: BundleSource): Promise<BuildReply> {
  try {
    return { bundle: await makeBundle(source) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

async function makeBundle(source: BundleSource): Promise<Bundle> {
  const { entry, name } = source
  const files = await buildFiles(source)
  const made = await Promise.all(files.map(toAsset))
  const assets = new Map(made.map((asset) => [asset.file, asset]))
  const find = (ending: string): Asset | undefined =>
    made.find(({ file }) => file.startsWith(`${name}-`) && file.endsWith(ending))
  const script = find('.js')
  const style = find('.css')
  if (!script) throw new Error(`${entry} gave no module`)
  return { script, assets, ...(style && { style }) }
}

async function buildFiles({
  entry,
  name,
  publicPath = '',
  isScript,
}: BundleSource): Promise<readonly OutputFile[]> {
  try {
    const { outputFiles } = await build({
      entryPoints: { [name]: entry },
      entryNames: '[name]-[hash]',
      assetNames: '[name]-[hash]',
      outdir: '/',
      publicPath,
      bundle: true,
      write: false,
      minify: true,
      format: isScript ? 'iife' : 'esm',
      target: 'es2023',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loader: { '.svg': 'file' },
      legalComments: 'none',
      logLevel: 'silent',
    })
    return outputFiles
  } finally {
    await stop()
  }
}

async function toAsset({ path, contents }: OutputFile): Promise<Asset> {
  const quality = { params: { [zlib.BROTLI_PARAM_QUALITY]: zlib.BROTLI_MAX_QUALITY } }
  const [brotli, gzipped] = await Promise.all([
    toBrotli(contents, quality),
    toGzip(contents, { level: 9 }),
  ])
  return {
    file: basename(path),
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${hash('sha256', contents, 'base64url').slice(0, 22)}"`,
    bytes: contents,
    brotli,
    gzip: gzipped,
  }
}
