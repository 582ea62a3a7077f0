import { once } from 'node:events'
import { bitrixSteps } from './bitrix-steps.ts'
import { Narrator } from './narrator.ts'
import { setBitrixStage, setStage } from './stage.ts'
import { steps } from './steps.ts'
import { openWebDemo } from './web.ts'

export interface DemoOptions {
  /** The dialect of the portal; `native` if absent. */
  readonly portal?: 'native' | 'bitrix'
  readonly write?: (text: string) => void
  /** Seconds, as in HUB_LOCKOUT_LADDER: so short that the whole demo takes seconds. */
  readonly ladder?: string
  /** How long each step may take to be seen. */
  readonly deadlineMs?: number
}

interface WebDemoOptions extends Pick<DemoOptions, 'ladder' | 'write'> {
  /** 0: any free one. */
  readonly port?: number | undefined
}

const DEFAULT_DEADLINE_MS = 8000
const MAX_LOG_LINES = 20
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Shows the main job on real HTTP, with nothing configured and nothing left behind. Resolves only when every step was
 * seen to happen; otherwise rejects with an error that names the step.
 */
export async function runDemo(options: DemoOptions = {}): Promise<void> {
  const { ladder = '2,4,8', deadlineMs = DEFAULT_DEADLINE_MS } = options
  const write = options.write ?? ((text: string) => process.stdout.write(text))
  const startedAt = performance.now()
  const logLines: string[] = []
  await using cleanup = new AsyncDisposableStack()
  const signal = listenForStop(cleanup)
  const narrator = new Narrator({ write, deadlineMs, signal })
  write('Openlines Hub: a demonstration. Nothing is configured, nothing is kept.\n')
  try {
    const stageOptions = {
      ladder,
      callTimeoutMs: deadlineMs,
      onLog: (line: string) => logLines.push(line),
    }
    if (options.portal === 'bitrix') {
      const stage = await setBitrixStage(cleanup, stageOptions)
      for (const step of bitrixSteps) await step(narrator, stage)
    } else {
      const stage = await setStage(cleanup, stageOptions)
      for (const step of steps) await step(narrator, stage)
    }
  } catch (error) {
    const last = logLines.slice(-MAX_LOG_LINES).join('')
    if (last !== '' && !signal.aborted) write(`\nThe hub's last warnings:\n${last}\n`)
    throw error
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  write(`\nAll ${narrator.stepCount} steps were seen to happen, in ${seconds} s.\n`)
  const next = options.portal === 'bitrix' ? 'docs/portals/bitrix.md' : 'README.md, "Run it"'
  write(`Next: ${next}.\n`)
}

/** The same to be looked at and tried in a browser, until Ctrl-C. */
export async function runWebDemo({
  ladder = '2,4,8',
  write = (text: string) => process.stdout.write(text),
  port = 0,
}: WebDemoOptions = {}): Promise<void> {
  await using cleanup = new AsyncDisposableStack()
  const signal = listenForStop(cleanup)
  const onLog = (): void => undefined
  const options = { ladder, callTimeoutMs: DEFAULT_DEADLINE_MS, onLog }
  const url = await openWebDemo(cleanup, options, port)
  write(`Openlines Hub: open ${url} in a browser. Ctrl-C ends it; nothing is kept.\n`)
  const keepAlive = setInterval(() => undefined, 60_000)
  if (!signal.aborted) await once(signal, 'abort')
  clearInterval(keepAlive)
}

/** Ctrl-C, a closed terminal or a closed pipe end the demo through its own clean-up. */
function listenForStop(cleanup: AsyncDisposableStack): AbortSignal {
  const stopping = new AbortController()
  const stop = (): void => stopping.abort(new Error('interrupted'))
  for (const signal of SIGNALS) process.on(signal, stop)
  process.stdout.on('error', stop)
  cleanup.defer(() => {
    for (const signal of SIGNALS) process.off(signal, stop)
    process.stdout.off('error', stop)
  })
  return stopping.signal
}
