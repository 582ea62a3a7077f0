/** A file as browsers get it, under a name that changes with what is in it. */
export interface Asset {
  /** Such as `console-4JDK2LSQ.js`. */
  readonly file: string
  readonly type: string
  /** In quotes, as the header has it. */
  readonly etag: string
  readonly bytes: Uint8Array
  readonly brotli: Uint8Array
  readonly gzip: Uint8Array
}

/** Everything that was made from one entry. */
export interface Bundle {
  /** The ES module that a page loads. */
  readonly script: Asset
  /** Absent if the entry imports no style sheet. */
  readonly style?: Asset
  /** All of them, those two as well, by their file names. */
  readonly assets: ReadonlyMap<string, Asset>
}

export interface BundleSource {
  /** The first file of the browser's code, absolute. */
  readonly entry: string
  /** What its files' names begin with. */
  readonly name: string
  /** Where its files are served, with no slash at the end: code names pictures by it. */
  readonly publicPath?: string
  /** For `<script>` without a type: nothing of it gets into the page's own scope. A module otherwise. */
  readonly isScript?: true
}

/** What the building process says. */
export type BuildReply = { readonly bundle: Bundle } | { readonly error: string }
