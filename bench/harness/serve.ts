type Handlers = Readonly<Record<string, (argument: unknown) => unknown>>

/** The other end of `startChild`: says that this process is ready and answers what is asked of it. */
export function serve(ready: unknown, handlers: Handlers): void {
  // The benchmark may have gone while this was being worked out; `disconnect` ends this process then.
  const reply = (message: object) => process.send?.(message, undefined, undefined, () => undefined)
  process.on('message', async (message) => {
    const { id, name, argument } = message as { id: number; name: string; argument: unknown }
    try {
      reply({ id, result: await handlers[name]?.(argument) })
    } catch (error) {
      reply({ id, error: error instanceof Error ? error.message : String(error) })
    }
  })
  // The benchmark has gone, orderly or not.
  process.on('disconnect', () => process.exit(0))
  reply({ id: 0, result: ready })
}

/** What `startChild` was given. */
export function readArgument<T>(): T {
  return JSON.parse(process.argv[2] ?? 'null') as T
}
