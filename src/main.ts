import { nextStopSignal } from './cli/stop-signal.ts'

/** The `hub` command, as `bin/hub.js` starts it. */
const stopped = process.argv[2] === 'start' ? nextStopSignal() : undefined
const { run } = await import('./cli/program.ts')
await run(stopped)
