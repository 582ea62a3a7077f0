import { callAndLeave, callForHead, type Sender } from '../../test/fakes/bitrix/caller.ts'
import { type Percentiles, toPercentiles } from './percentiles.ts'

/** How the module of a portal calls. */
export type Manner = 'waits for the head' | 'leaves at once'

export interface OrdersOrder {
  /** One that stores nothing shows what connections, signatures and the machine take. */
  readonly command: 'sendMessage' | 'setStatusDelivered'

  readonly hubUrl: string
  readonly sender: Sender
  readonly manner: Manner
  readonly lines: readonly string[]
  readonly rate: number
  readonly seconds: number
  /** Of the first message; each has a number of its own, over all runs. */
  readonly firstNumber: number
}

export interface OrdersReport {
  readonly sent: number
  /** Answered otherwise than with a bare 200. */
  readonly refused: number
  /** From the connection's beginning to the head, or to the last byte that was written. */
  readonly ms: Percentiles
}

const CHATS_PER_LINE = 40

/** Operators' messages at a fixed rate, each by a call on a connection of its own, as PHP makes them. */
export async function postOrders(order: OrdersOrder): Promise<OrdersReport> {
  const total = Math.round(order.rate * order.seconds)
  const gapMs = 1000 / order.rate
  const startedAt = performance.now()
  const samples: number[] = []
  let refused = 0
  const post = async (number: number): Promise<void> => {
    const beganAt = performance.now()
    if (!(await isTaken(order, order.firstNumber + number))) refused += 1
    samples.push(performance.now() - beganAt)
  }
  const posts: Promise<void>[] = []
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      while (posts.length < total && startedAt + posts.length * gapMs <= performance.now()) {
        posts.push(post(posts.length))
      }
      if (posts.length < total) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  await Promise.all(posts)
  return { sent: total, refused, ms: toPercentiles(samples) }
}

async function isTaken(
  { hubUrl, sender, manner, lines, command }: OrdersOrder,
  number: number,
): Promise<boolean> {
  const line = lines[number % lines.length] ?? ''
  const chat = Math.floor(number / lines.length) % CHATS_PER_LINE
  const im = { chat_id: 1 + chat, message_id: 1 + number }
  const message = { user_id: 27, text: String(number), files: [], attachments: [], params: {} }
  const args = [[{ im, message, chat: { id: String(1000 + chat) } }]]
  const call = { command, connector: 'telegrambot', line, args }
  try {
    if (manner === 'leaves at once') {
      await callAndLeave(hubUrl, call, sender)
      return true
    }
    const { status, headers } = await callForHead(hubUrl, call, sender)
    return status === 200 && headers['x-bitrix-error'] === undefined
  } catch {
    return false
  }
}
