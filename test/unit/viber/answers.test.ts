import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import type { ViberSettings } from '../../../connectors/viber/settings.ts'
import type { Line } from '../../../src/core/line.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { type FakeViber, startFakeViber } from '../../fakes/viber.ts'
import { faultOf, sendContext } from '../../helpers/sending.ts'
import { ANN, createConnector, createLine, http, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeViber
let line: Line<ViberSettings>
const text = plainText('hello')

beforeEach(async () => {
  fake = await startFakeViber()
  fake.addAccount({ token: TOKEN, id: 'pa:1', name: 'Desk' }).webhook = 'https://hub.example/'
  line = createLine({ apiRoot: fake.url })
})
afterEach(() => fake[Symbol.asyncDispose]())
after(() => http.close())

const fault = () => faultOf(connector.send(ANN, { text }, line, sendContext()), TOKEN)

describe('answers of Viber', () => {
  it('a webhook body is taken without a content type too', () => {
    assert.deepEqual(connector.contentTypes, ['application/json', ''])
  })

  it('nobody there, or nobody who wants to read, is noAccount', async () => {
    for (const viberStatus of [5, 6]) {
      fake.fail('send_message', { viberStatus })
      const { disposition, isNoAccount } = await fault()
      assert.deepEqual([disposition, isNoAccount], ['reject', true])
    }
    fake.fail('send_message', { viberStatus: 13 })
    assert.equal((await fault()).isNoAccount, undefined)
  })

  it("Viber's own status decides, whatever that of HTTP; a gateway's does not", async () => {
    fake.fail('send_message', { status: 400, words: JSON.stringify({ status: 12 }) })
    const limited = await fault()
    assert.deepEqual([limited.disposition, limited.isRateLimit], ['retry', true])
    fake.fail('send_message', { status: 502, words: JSON.stringify({ status: 502 }) })
    assert.equal((await fault()).channelCode, '502')
    fake.fail('send_message', { status: 500, words: JSON.stringify({ status: 0 }) })
    assert.equal((await fault()).outcome, 'unknown')
  })

  it('buttons that Viber will not show are lines of the text, with their addresses', async () => {
    const buttons = [
      [
        { text: 'Open', url: 'http://crm/deal/5' },
        { text: 'Yes', payload: 'y' },
      ],
    ]
    fake.fail('send_message', { viberStatus: 3 })
    await connector.send(ANN, { text, buttons }, line, sendContext())
    const { text: said, keyboard } = fake.calls.at(-1)?.body ?? {}
    assert.deepEqual([said, keyboard], ['hello\n1. Open – http://crm/deal/5\n2. Yes', undefined])
  })

  it('a file that Viber does not take is a link before the buttons are lines', async () => {
    fake.files.set('a.jpg', { size: 900, hasRanges: true })
    const files = [{ url: `${fake.origin}/media/a.jpg` }]
    const buttons = [[{ text: 'Yes', payload: 'y' }]]
    for (const _ of [1, 2]) fake.fail('send_message', { viberStatus: 3 })
    await connector.send(ANN, { text, files, buttons }, line, sendContext())
    const sent = fake.callsOf('send_message').map(({ body }) => [body['type'], 'keyboard' in body])
    assert.deepEqual(sent, [
      ['picture', true],
      ['text', true],
      ['text', false],
    ])
  })
})
