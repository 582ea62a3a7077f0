import { Readable } from 'node:stream'
import { run } from '../../src/cli/program.ts'
import type { CliEnd } from './cli.ts'
import type { HostedCommand } from './cli-host.ts'

/** The process of `CliHost`. */

// biome-ignore lint/style/noProcessEnv: a command reads its environment from there
const OWN_ENV = { ...process.env }

process.on('message', (command: HostedCommand) => void answer(command))

async function answer({ args, env, stdin }: HostedCommand): Promise<void> {
  process.argv = [process.execPath, 'hub', ...args]
  process.env = { ...OWN_ENV, ...env }
  process.exitCode = undefined
  const bytes = Buffer.from(stdin, 'base64')
  Object.defineProperty(process, 'stdin', { value: Readable.from([bytes]), configurable: true })
  const out = capture(process.stdout)
  const err = capture(process.stderr)
  await run()
  const end: CliEnd = { code: Number(process.exitCode ?? 0), stdout: out(), stderr: err() }
  process.send?.(end)
}

type Written = (error?: Error | null) => void

/** Keeps what is written instead of writing it; gives it and lets the stream go. */
function capture(stream: NodeJS.WriteStream): () => string {
  const chunks: Buffer[] = []
  stream.write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | Written,
    written?: Written,
  ): boolean => {
    const charset = typeof encoding === 'string' ? encoding : 'utf8'
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, charset) : Buffer.from(chunk))
    const done = typeof encoding === 'function' ? encoding : written
    if (done) process.nextTick(done)
    return true
  }
  return () => {
    Reflect.deleteProperty(stream, 'write')
    return Buffer.concat(chunks).toString('utf8')
  }
}
