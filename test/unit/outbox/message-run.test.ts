import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import type { EarlyStatus } from '../../../src/core/early-statuses.ts'
import { given } from '../../../src/core/given.ts'
import { sendParts } from '../../../src/core/parts.ts'
import type { OutboxMessage } from '../../../src/db/outbox/messages.ts'
import type { SendSettlement } from '../../../src/db/outbox/settle.ts'
import type { ActiveLine } from '../../../src/lines/directory.ts'
import { MessageRun } from '../../../src/outbox/message-run.ts'

const ignore = (): void => undefined
const LOG = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** A message of three parts, that was left in `sending` by a process that died. */
const LEFT = {
  lineId: 1,
  seq: 1,
  chatId: '55',
  state: 'sending',
  attempt: 1,
  parts: [],
  isUncertain: false,
  createdAt: Date.now(),
  dueAt: Date.now(),
  payload: JSON.stringify({ message: { text: 'x' }, format: { text: 'plain', emoji: 'unicode' } }),
} as unknown as OutboxMessage

const told = (...parts: number[]): EarlyStatus[] =>
  parts.map((part) => ({ part, id: `m${part}`, status: 'sent', payload: '{}' }))

/** What the next try sends, and how it settles the message. */
async function tryAgain(early: readonly EarlyStatus[], message = LEFT) {
  const sent: number[] = []
  const settled: SendSettlement[] = []
  const connector = {
    send: (
      _chat: string,
      _message: unknown,
      _line: unknown,
      call: Parameters<typeof sendParts>[1],
    ) =>
      sendParts([1, 2, 3], call, async (_part, number) => {
        sent.push(number)
        return [`again${number}`]
      }),
  }
  const active = { connector, line: {}, record: { portalId: 'p', connector: 'x', line: '1' } }
  const run = new MessageRun(
    {
      clock: systemClock,
      log: LOG,
      render: () => ({ type: 'message.status', payload: '{}' }),
      begin: async () => ({ isOurs: true, early }),
      settle: async (settlement) => {
        settled.push(settlement)
        return true
      },
    },
    {
      active: active as unknown as ActiveLine,
      message,
      permit: { use: ignore, giveBack: ignore } as never,
      admit: () => 0,
    },
  )
  assert.deepEqual(await run.run(new AbortController().signal), { kind: 'done' })
  const [end] = settled
  const code = end?.error?.code
  return { sent, isUncertain: end?.isUncertain, state: end?.state, ...given({ code }) }
}

describe('a message whose answer was lost', () => {
  it('is sent again and uncertain, where the channel has told nothing', async () => {
    const expected = { sent: [1, 2, 3], isUncertain: true, state: 'sent' }
    assert.deepEqual(await tryAgain([]), expected)
  })

  it('is certain, where the channel has told of all of it', async () => {
    const expected = { sent: [], isUncertain: false, state: 'sent' }
    assert.deepEqual(await tryAgain(told(1, 2, 3)), expected)
  })

  it('is uncertain, where it has told of a part: the next may be there as well', async () => {
    const expected = { sent: [2, 3], isUncertain: true, state: 'sent' }
    assert.deepEqual(await tryAgain(told(1)), expected)
  })

  it('is not sent again up to the last part that was told of', async () => {
    const expected = { sent: [3], isUncertain: true, state: 'sent' }
    assert.deepEqual(await tryAgain(told(2)), expected)
  })
})

describe('a template', () => {
  it('fails on a channel that has none, and nothing is sent', async () => {
    const template = { name: 'order', language: 'ru' }
    const payload = { message: { template }, format: { text: 'plain', emoji: 'unicode' } }
    const message = { ...LEFT, state: 'queued', payload: JSON.stringify(payload) } as OutboxMessage
    const { sent, state, code } = await tryAgain([], message)
    assert.deepEqual({ sent, state, code }, { sent: [], state: 'failed', code: 'HUB_UNSUPPORTED' })
  })
})
