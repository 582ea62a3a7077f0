import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { nextStopSignal } from './cli/stop-signal.ts'

/**
 * The `hub` command. What Node makes of our TypeScript is kept beside the packages, where only who installs the hub can write: a
 * command takes half the time with it. Where that can't be written it works without.
 */
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/hub', import.meta.url)))
const stopped = process.argv[2] === 'start' ? nextStopSignal() : undefined
const { run } = await import('./cli/program.ts')
await run(stopped)
