import { serialize } from './php-serialize.ts'
import type { PhpInput } from './php-value.ts'
import type { Step } from './step.ts'

/** Events that go in one post. */
export interface Batch {
  readonly command: string
  readonly items: readonly PhpInput[]
  /** Of the events, those among them that need no post included. */
  readonly seqs: readonly number[]
  readonly hasFiles: boolean
}

export interface NumberedStep {
  readonly seq: number
  readonly step: Step
}

const MAX_ITEMS = 50
const MAX_BYTES = 256 * 1024

/**
 * Runs of the same command, in order, as large as a post may be. What needs no post goes with the run before it, so that it
 * isn't taken before what came first; an item that is too large alone has a post of its own.
 */
export function toBatches(steps: readonly NumberedStep[]): readonly Batch[] {
  const batches: { command: string; items: PhpInput[]; seqs: number[]; hasFiles: boolean }[] = []
  let bytes = 0
  for (const { seq, step } of steps) {
    const last = batches.at(-1)
    if (step.kind !== 'post') {
      if (step.kind === 'skip' && last) last.seqs.push(seq)
      else if (step.kind === 'skip')
        batches.push({ command: '', items: [], seqs: [seq], hasFiles: false })
      continue
    }
    const { command, item, hasFiles } = step
    const size = Buffer.byteLength(serialize(item))
    const isRoom =
      last?.command === command && last.items.length < MAX_ITEMS && bytes + size <= MAX_BYTES
    if (isRoom && last) {
      last.items.push(item)
      last.seqs.push(seq)
      last.hasFiles ||= hasFiles
      bytes += size
    } else {
      batches.push({ command, items: [item], seqs: [seq], hasFiles })
      bytes = size
    }
  }
  return batches
}
