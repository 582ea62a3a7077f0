import type { RouteReply, RouteRequest } from '../core/route.ts'
import type { Asset } from './bundle.ts'

/** For names that change with what is in the file. */
export const FOREVER = 'public, max-age=31536000, immutable'

export interface AssetReplyOptions {
  /** Cache-Control; a file with a name of its own is kept forever. */
  readonly cache?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A file as this browser takes it: compressed as it says, or 304 where it has it already. */
export function assetReply(
  asset: Asset,
  { headers: asked }: Pick<RouteRequest, 'headers'>,
  { cache = FOREVER, headers = {} }: AssetReplyOptions = {},
): RouteReply {
  const common = {
    ...headers,
    'cache-control': cache,
    etag: asset.etag,
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
  }
  if (hasTag(asked['if-none-match'], asset.etag)) return { status: 304, headers: common }
  const { encoding, body } = pick(asset, String(asked['accept-encoding'] ?? ''))
  return {
    status: 200,
    headers: {
      ...common,
      'content-type': asset.type,
      ...(encoding && { 'content-encoding': encoding }),
    },
    body,
  }
}

function hasTag(header: string | string[] | undefined, etag: string): boolean {
  const tags = String(header ?? '').split(',')
  return tags.some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

function pick(
  { bytes, brotli, gzip }: Asset,
  accepted: string,
): { readonly encoding?: string; readonly body: Uint8Array } {
  const takes = (name: string): boolean =>
    accepted.split(',').some((part) => {
      const [coding = '', ...params] = part.split(';').map((piece) => piece.trim().toLowerCase())
      return coding === name && !params.some((param) => /^q=0(?:\.0*)?$/.test(param))
    })
  if (takes('br')) return { encoding: 'br', body: brotli }
  if (takes('gzip')) return { encoding: 'gzip', body: gzip }
  return { body: bytes }
}
