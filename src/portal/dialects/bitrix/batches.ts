import type { Step } from './step.ts'
import { serialize } from './wire/php-serialize.ts'
import type { PhpInput } from './wire/php-value.ts'

/** Events that go in one post. */
export interface Batch {
  readonly command: string
  readonly items: readonly PhpInput[]
  /** Of the events, those among them that need no post included. */
  readonly seqs: readonly number[]
  /** The portal may have something to download. */
  readonly isLoading: boolean
}

export interface NumberedStep {
  readonly seq: number
  readonly step: Step
}

const MAX_ITEMS = 50
const MAX_BYTES = 256 * 1024
/** The portal downloads them one after another, and all of the post comes again if it takes too long. */
const MAX_FILES = 10

type Post = Extract<Step, { kind: 'post' }>

interface OpenBatch extends Batch {
  readonly items: PhpInput[]
  readonly seqs: number[]
  isLoading: boolean
  bytes: number
  files: number
}

/**
 * Runs of the same command, in order, as large as a post may be. What needs no post goes with the run before it, so that it
 * isn't taken before what came first; an item that is too large alone has a post of its own.
 */
export function toBatches(steps: readonly NumberedStep[]): readonly Batch[] {
  const batches: OpenBatch[] = []
  for (const { seq, step } of steps) {
    if (step.kind === 'reject') continue
    const bytes = step.kind === 'post' ? Buffer.byteLength(serialize(step.item)) : 0
    let batch = batches.at(-1)
    if (!batch || !hasRoom(batch, step, bytes)) {
      const command = step.kind === 'post' ? step.command : ''
      batch = { command, items: [], seqs: [], isLoading: false, bytes: 0, files: 0 }
      batches.push(batch)
    }
    batch.seqs.push(seq)
    if (step.kind === 'post') add(batch, step, bytes)
  }
  return batches
}

function add(batch: OpenBatch, { item, files = 0, hasPicture }: Post, bytes: number): void {
  batch.items.push(item)
  batch.isLoading ||= files > 0 || hasPicture === true
  batch.bytes += bytes
  batch.files += files
}

function hasRoom(batch: OpenBatch, step: Step, bytes: number): boolean {
  if (step.kind !== 'post') return true
  const { command, files = 0 } = step
  const isFull = batch.items.length >= MAX_ITEMS || batch.bytes + bytes > MAX_BYTES
  return batch.command === command && !isFull && (files === 0 || batch.files + files <= MAX_FILES)
}
