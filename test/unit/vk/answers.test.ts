import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import type { VkSettings } from '../../../connectors/vk/settings.ts'
import type { Line } from '../../../src/core/line.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { FakeVk } from '../../fakes/vk.ts'
import type { Community } from '../../fakes/vk-community.ts'
import { faultOf, sendContext } from '../../helpers/sending.ts'
import { createConnector, createLine, GROUP_ID, http, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeVk
let community: Community
let line: Line<VkSettings>
const text = plainText('hello')

beforeEach(async () => {
  fake = new FakeVk()
  await fake.listen()
  community = fake.addCommunity({ id: GROUP_ID, name: 'Desk', token: TOKEN })
  line = createLine({ apiRoot: fake.url })
})
afterEach(() => fake[Symbol.asyncDispose]())
after(() => http.close())

const fault = () => faultOf(connector.send('55', { text }, line, sendContext()), TOKEN)

describe('answers of VK', () => {
  it('a webhook body is taken without a content type too', () => {
    assert.deepEqual(connector.contentTypes, ['application/json', ''])
  })

  it('nobody there, or nobody who wants to read, is noAccount', async () => {
    for (const code of [18, 37, 900, 901, 902, 917, 922, 927, 935, 945]) {
      fake.fail('messages.send', { code })
      const { disposition, isNoAccount } = await fault()
      assert.deepEqual([disposition, isNoAccount], ['reject', true], String(code))
    }
    fake.fail('messages.send', { code: 914 })
    assert.equal((await fault()).isNoAccount, undefined)
  })

  it('the code in the body decides, whatever the HTTP status', async () => {
    for (const code of [6, 9, 29]) {
      const words = JSON.stringify({ error: { error_code: code, error_msg: 'too many' } })
      fake.fail('messages.send', { status: 400, words })
      const { disposition, channelCode } = await fault()
      assert.deepEqual([disposition, channelCode], ['retry', String(code)])
    }
  })

  it('a poll that leads nowhere is trouble, and not asked for again at once', async () => {
    const polled = createLine({ apiRoot: fake.url, mode: 'longPoll' })
    community.longPoll.isOn = true
    const signal = AbortSignal.timeout(10_000)
    const poll = async () => connector.poll?.('1', polled, { signal })
    for (const answer of [
      { failed: 4 },
      {},
      { updates: [] },
      { failed: 1 },
      { ts: 5, updates: 'x' },
    ]) {
      fake.pollAnswer = answer
      const { disposition } = await faultOf(poll(), TOKEN)
      assert.equal(disposition, 'retry', JSON.stringify(answer))
    }
    fake.pollAnswer = { failed: 1, ts: 7 }
    assert.deepEqual(await poll(), { updates: [], cursor: '7' })
  })

  it('an answer without an id is no success, and is asked for again without harm', async () => {
    for (const response of [[], [{ peer_id: 55, message_id: 0 }], 0, null]) {
      fake.fail('messages.send', { status: 200, words: JSON.stringify({ response }) })
      const { disposition, outcome, maxAttempts } = await fault()
      assert.deepEqual([disposition, outcome, maxAttempts], ['retry', 'unknown', 3])
    }
  })
})

describe('an edit of the text', () => {
  const buttons = [[{ text: 'Yes', payload: 'y' }]]
  const message = { text: plainText('choose'), buttons }
  const keyboard = (): string | undefined => community.messages[0]?.params['keyboard']

  async function edit(original: object, changed: object = { text }): Promise<void> {
    await connector.update?.('55', '55_1', changed, line, sendContext(original))
  }

  it('keeps the buttons that the message had, also those of an edit', async () => {
    await connector.send('55', message, line, sendContext())
    const before = keyboard()
    await edit({ original: { message, parts: [['55_1']] } })
    assert.equal(keyboard(), before)
    const editedButtons = [[{ text: 'No', payload: 'n' }]]
    await edit({ original: { message, parts: [['55_1']], editedButtons } })
    assert.match(keyboard() ?? '', /"No"/)
  })

  it('gives it new ones, and none to a part that had none', async () => {
    await connector.send('55', message, line, sendContext())
    await edit({ original: { message, parts: [['55_9']] } })
    assert.equal(keyboard(), undefined)
    await edit({}, { text, buttons })
    assert.match(keyboard() ?? '', /"Yes"/)
  })
})
