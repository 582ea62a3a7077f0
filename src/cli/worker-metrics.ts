import type { Worker } from 'node:cluster'
import { isRecord } from '../core/json.ts'
import type { MetricsPeers } from '../metrics/metrics.ts'

/**
 * A scrape reaches one worker of several. It asks the others by way of the supervisor, which passes questions and answers on:
 * `metrics-wanted` from whoever is asked over HTTP, `metrics-given` back to it.
 */
type Message =
  | { readonly kind: 'metrics-wanted'; readonly by: number; readonly number: number }
  | {
      readonly kind: 'metrics-given'
      readonly to: number
      readonly number: number
      /** How many workers were asked. */
      readonly of: number
      readonly metrics: object[]
    }
  | { readonly kind: 'metrics-asked'; readonly number: number; readonly of: number }

/** Of a worker that is busy or stuck nobody waits longer: the answer comes without it. */
const PATIENCE_MS = 1000

/** In the supervisor: hands what a worker has sent to those it is meant for. */
export function passMetrics(workers: ReadonlySet<Worker>, from: Worker, message: object): void {
  if (!isMessage(message)) return
  const all = [...workers].filter((worker) => worker.isConnected())
  if (message.kind === 'metrics-wanted') {
    const others = all.filter((worker) => worker !== from)
    const { number } = message
    const asked: Message = { kind: 'metrics-asked', number, of: others.length }
    send(from, asked)
    for (const worker of others) send(worker, { ...message, by: from.id })
  } else if (message.kind === 'metrics-given') {
    const asker = all.find(({ id }) => id === message.to)
    if (asker) send(asker, message)
  }
}

/** A worker that ends meanwhile needs no answer, and its failed send must not end the supervisor. */
function send(worker: Worker, message: Message): void {
  worker.send(message, undefined, () => undefined)
}

interface Question {
  readonly answers: object[][]
  /** Not known before the supervisor has said so. */
  expected: number
  finish(): void
}

/** In a worker: the others, as far as metrics go. */
export function createPeers(): MetricsPeers {
  const questions = new Map<number, Question>()
  let answer: (() => Promise<object[]>) | undefined
  let last = 0
  process.on('message', (message: unknown) => {
    if (!isMessage(message)) return
    if (message.kind === 'metrics-wanted') {
      void giveMetrics(message, answer)
      return
    }
    const question = questions.get(message.number)
    if (!question) return
    if (message.kind === 'metrics-asked') question.expected = message.of
    else question.answers.push(message.metrics)
    if (question.answers.length >= question.expected) question.finish()
  })
  return {
    onAsked(give) {
      answer = give
    },
    async ask() {
      const number = ++last
      const { promise, resolve } = Promise.withResolvers<void>()
      const question: Question = {
        answers: [],
        expected: Number.POSITIVE_INFINITY,
        finish: resolve,
      }
      questions.set(number, question)
      const timer = setTimeout(resolve, PATIENCE_MS)
      tell({ kind: 'metrics-wanted', by: 0, number })
      await promise
      clearTimeout(timer)
      questions.delete(number)
      return question.answers
    },
  }
}

async function giveMetrics(
  { by: to, number }: Extract<Message, { kind: 'metrics-wanted' }>,
  answer: (() => Promise<object[]>) | undefined,
): Promise<void> {
  const metrics = (await answer?.()) ?? []
  tell({ kind: 'metrics-given', to, number, of: 0, metrics })
}

function tell(message: Message): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

function isMessage(message: unknown): message is Message {
  return isRecord(message) && String(message['kind']).startsWith('metrics-')
}
