import { Readable } from 'node:stream'
import { run } from '../../src/cli/program.ts'
import type { CliEnd } from './cli.ts'
import type { HostedCommand } from './cli-host.ts'

/** The process of `CliHost`. */

process.on('message', (command: HostedCommand) => void answer(command))

async function answer({ args, stdin }: HostedCommand): Promise<void> {
  process.argv = [process.execPath, 'hub', ...args]
  process.exitCode = undefined
  const bytes = Buffer.from(stdin, 'base64')
  Object.defineProperty(process, 'stdin', { value: Readable.from([bytes]), configurable: true })
  const out = capture(process.stdout)
  const err = capture(process.stderr)
  await run()
  const end: CliEnd = { code: Number(process.exitCode ?? 0), stdout: out(), stderr: err() }
  process.send?.(end)
}

/** Keeps what is written instead of writing it; gives it and lets the stream go. */
function capture(stream: NodeJS.WriteStream): () => string {
  const chunks: string[] = []
  stream.write = (chunk: string | Uint8Array): boolean => {
    chunks.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
    return true
  }
  return () => {
    Reflect.deleteProperty(stream, 'write')
    return chunks.join('')
  }
}
