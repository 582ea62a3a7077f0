import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import type { Connector } from '../../src/core/connector.ts'
import { kits } from './kits.ts'
import { contractChecks } from './suite.ts'

const TEMPLATE = 'sends a template if it says so, and refuses it else'
const STORE = 'a store that is away is waited for, the outcome unknown'
const ABORTED = 'a call that is aborted says so, and nothing of it is stored'
const ONCE = 'a message that is sent twice is there once'
const REFUSES = 'refuses for good what is to be sent'
const IDENTITY = 'testConnect names the identity'

type Row = readonly [
  title: string,
  connector: string,
  does: (good: Connector) => Partial<Connector>,
  caught: readonly string[],
]

let sent = 0
const ROWS: readonly Row[] = [
  ['is as it should be', 'webchat', () => ({}), []],
  ['is as it should be', 'webform', () => ({}), []],
  [
    'tells as sent what its store did not take',
    'webchat',
    (good) => ({
      send: (...call) => good.send(...call).catch(() => ({ messageIds: ['out_1/1'] })),
    }),
    [TEMPLATE, STORE, ABORTED],
  ],
  [
    'drops a typing that can not be stored',
    'webchat',
    (good) => ({ typing: async (...call) => await good.typing?.(...call).catch(() => undefined) }),
    [STORE, ABORTED],
  ],
  [
    'listens to nobody',
    'webchat',
    (good) => ({
      send: (chatId, message, line, call) =>
        good.send(chatId, message, line, { ...call, signal: new AbortController().signal }),
    }),
    [ABORTED],
  ],
  [
    'sends again what is there',
    'webchat',
    (good) => ({
      send: (chatId, message, line, call) =>
        good.send(chatId, message, line, { ...call, out: `${call.out}_${++sent}` }),
    }),
    [ONCE],
  ],
  [
    'names no identity',
    'webchat',
    () => ({ testConnect: async () => ({ ok: true, identity: '' }) }),
    [IDENTITY],
  ],
  [
    'tells as sent what nobody gets',
    'webform',
    () => ({ send: async () => ({ messageIds: ['1'] }) }),
    [REFUSES],
  ],
]

describe('the contract suite catches a channel of the hub itself that', () => {
  for (const [title, id, does, caught] of ROWS) {
    it(`${title} (${id})`, async () => {
      const original = connectors.find((one) => one.id === id)
      const kit = kits[id]
      assert.ok(original && kit)
      const create: typeof original.create = (context) => {
        const good = original.create(context)
        return { ...good, ...does(good) }
      }
      const failed: string[] = []
      for (const { name, run } of contractChecks({ ...original, create }, kit)) {
        const isPassed = await run().then(
          () => true,
          () => false,
        )
        if (!isPassed) failed.push(name)
      }
      assert.deepEqual(failed, caught)
    })
  }
})
