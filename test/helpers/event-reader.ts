export interface ReadEvent {
  readonly id: string
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever comes
  readonly data: any
}

export interface EventReader extends AsyncDisposable {
  readonly status: number
  /** Those that have come so far. */
  readonly events: readonly ReadEvent[]
  /** Resolves when it is over: by an end in order, or by a connection that broke. */
  readonly ended: Promise<'in order' | 'broken'>
}

/** Reads server-sent events until it is disposed of. */
export async function readEvents(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventReader> {
  const ending = new AbortController()
  const response = await fetch(url, { headers, signal: ending.signal })
  const events: ReadEvent[] = []
  const ended = read(response, events).then(
    () => 'in order' as const,
    () => 'broken' as const,
  )
  return {
    status: response.status,
    events,
    ended,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await ended
    },
  }
}

async function read(response: Response, events: ReadEvent[]): Promise<void> {
  let rest = ''
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + piece).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string): string =>
        new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      if (field('data') === '') continue
      events.push({ id: field('id'), event: field('event'), data: JSON.parse(field('data')) })
    }
  }
}
