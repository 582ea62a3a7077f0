import type { RouteReply, RouteRequest } from './route.ts'

export interface BrowserCodeSource {
  /** The first file of the code. */
  readonly entry: URL
  readonly name: string
}

/** Code that runs in browsers: bundled once in a process, and served compressed as the browser takes it. */
export interface BrowserCode {
  /** One script, with nothing of it in the page's own scope. */
  answer(
    source: BrowserCodeSource,
    request: RouteRequest,
    options: { readonly cache: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<RouteReply>
}
