import type { ComponentChildren } from 'preact'

export type PathParams = Readonly<Record<string, string>>

/** A page: where it is, and what draws it. */
export interface PageRoute {
  /** `/lines/:id`; `*` at its end takes whatever follows. */
  readonly path: string
  draw(params: PathParams): ComponentChildren
}

/** The first page whose path is like this one, with what stands in the places that its path names. */
export function findPage(
  routes: readonly PageRoute[],
  path: string,
): { readonly route: PageRoute; readonly params: PathParams } | undefined {
  for (const route of routes) {
    const params = match(route.path, path)
    if (params) return { route, params }
  }
  return undefined
}

function match(pattern: string, path: string): PathParams | undefined {
  const wanted = pattern.split('/')
  const given = path.split('/')
  const isOpen = wanted.at(-1) === '*'
  if (isOpen) wanted.pop()
  if (isOpen ? given.length < wanted.length : given.length !== wanted.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decode(value)
    else if (part !== value) return undefined
  }
  return params
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
