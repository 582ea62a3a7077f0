import { fileURLToPath } from 'node:url'
import type { BrowserCode } from '../core/browser-code.ts'
import { LazyBundle } from './builder.ts'
import { assetReply } from './reply.ts'

/** Scripts of connectors, each built at the first request for it. */
export function createBrowserCode(): BrowserCode {
  const bundles = new Map<string, LazyBundle>()
  return {
    async answer({ entry, name }, request, options) {
      const file = fileURLToPath(entry)
      const bundle = bundles.get(file) ?? new LazyBundle({ entry: file, name, isScript: true })
      bundles.set(file, bundle)
      return assetReply((await bundle.get()).script, request, options)
    },
  }
}
