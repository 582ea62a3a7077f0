import type { ScriptRef } from './steps.ts'

/**
 * What scripts run, by their codes, for `findCycle`; a script without a code is `#` and its number. Names that no script has
 * stay as they are.
 */
export function runGraph(
  scripts: readonly {
    readonly id: number
    readonly code?: string
    readonly runs: readonly ScriptRef[]
  }[],
): ReadonlyMap<string, readonly string[]> {
  const names = new Map(scripts.map(({ id, code = `#${id}` }) => [id, code]))
  const nameOf = (ref: ScriptRef): string =>
    typeof ref === 'string' ? ref : (names.get(ref) ?? `#${ref}`)
  return new Map(scripts.map(({ id, runs }) => [nameOf(id), runs.map(nameOf)]))
}

/**
 * A circle in what scripts run, as the codes along it: `['a', 'b', 'a']`; undefined if there is none. `graph`: what each
 * script runs; those that it doesn't name run nothing. Linear, without recursion.
 */
export function findCycle(
  graph: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const cycle = done.has(start) ? undefined : findFrom(start, graph, done)
    if (cycle) return cycle
  }
  return undefined
}

function findFrom(
  start: string,
  graph: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
): readonly string[] | undefined {
  const path: { readonly node: string; next: number }[] = [{ node: start, next: 0 }]
  const onPath = new Set([start])
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const target = graph.get(top.node)?.[top.next]
    top.next += 1
    if (target === undefined) {
      path.pop()
      onPath.delete(top.node)
      done.add(top.node)
    } else if (onPath.has(target)) {
      const nodes = path.map(({ node }) => node)
      return [...nodes.slice(nodes.indexOf(target)), target]
    } else if (!done.has(target)) {
      path.push({ node: target, next: 0 })
      onPath.add(target)
    }
  }
  return undefined
}
