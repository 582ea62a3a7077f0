import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import type { VkSettings } from '../../../connectors/vk/settings.ts'
import { type DeliveryError, TransportError } from '../../../src/core/errors.ts'
import type { Line } from '../../../src/core/line.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText, type RichText } from '../../../src/core/rich-text.ts'
import { FakeVk } from '../../fakes/vk.ts'
import type { Community } from '../../fakes/vk-community.ts'
import { faultOf, sendContext } from '../../helpers/sending.ts'
import { createConnector, createLine, GROUP_ID, http, TOKEN } from './helpers.ts'

const connector = createConnector()
let fake: FakeVk
let community: Community
let line: Line<VkSettings>
const text = plainText('hello')
const LINKED: RichText = [
  ...plainText('see '),
  { type: 'link', href: 'https://a.example/', children: plainText('it') },
  { type: 'bold', children: plainText(' now') },
]

beforeEach(async () => {
  fake = new FakeVk()
  await fake.listen()
  community = fake.addCommunity({ id: GROUP_ID, name: 'Desk', token: TOKEN })
  line = createLine({ apiRoot: `${fake.url}/` })
})
afterEach(() => fake[Symbol.asyncDispose]())
after(() => http.close())

/** Params of what was sent, without what every message has. */
async function paramsOf(message: OutboundMessage): Promise<Record<string, string>[]> {
  await connector.send('55', message, line, sendContext())
  return fake.callsOf('messages.send').map(({ params }) => {
    const { peer_ids: peer, random_id: random, v, ...rest } = params
    assert.deepEqual([peer, v], ['55', '5.199'])
    assert.match(random ?? '', /^[1-9]\d{0,15}$/)
    return rest
  })
}

const fault = (work: Promise<unknown> | undefined) => faultOf(work, TOKEN)

describe('send', () => {
  it('gives an id of each part, by conversation and count, and goes on behind what is out', async () => {
    const long = plainText(`${'x'.repeat(4000)}\n${'y'.repeat(4000)}`)
    const receipt = await connector.send('55', { text: long }, line, sendContext())
    assert.deepEqual(receipt.messageIds, ['55_1', '55_2'])
    const call = sendContext({ out: 'out_2', done: [['55_9']] })
    const again = await connector.send('55', { text: long }, line, call)
    assert.deepEqual(again.messageIds, ['55_9', '55_3'])
  })

  it('is harmless when it is repeated: a part that VK took is not sent twice', async () => {
    fake.fail('messages.send', { lateReset: true })
    await assert.rejects(connector.send('55', { text }, line, sendContext()), TransportError)
    const receipt = await connector.send('55', { text }, line, sendContext({ attempt: 2 }))
    assert.deepEqual(receipt.messageIds, ['55_1'])
    assert.equal(community.messages.length, 1)
    const long = plainText(`${'x'.repeat(4000)}\n${'x'.repeat(4000)}`)
    await connector.send('55', { text: long }, line, sendContext({ out: 'out_2' }))
    assert.equal(community.messages.length, 3)
  })

  it('formats, replies, and shows a place and buttons', async () => {
    fake.calls.length = 0
    community.cmids.set('55', 12)
    const [params] = await paramsOf({
      text: LINKED,
      replyTo: { id: '55_12' },
      location: { latitude: 55.7, longitude: 37.6, title: 'Shop' },
      buttons: [
        [
          { text: 'Yes', payload: 'y' },
          { text: 'Site', url: 'https://a.example/' },
        ],
      ],
    })
    assert.equal(params?.['message'], 'see it now\nShop')
    assert.deepEqual(JSON.parse(params?.['format_data'] ?? ''), {
      version: 1,
      items: [
        { type: 'url', offset: 4, length: 2, url: 'https://a.example/' },
        { type: 'bold', offset: 6, length: 4 },
      ],
    })
    assert.deepEqual(JSON.parse(params?.['forward'] ?? ''), {
      peer_id: 55,
      conversation_message_ids: [12],
      is_reply: 1,
    })
    assert.deepEqual([params?.['lat'], params?.['long']], ['55.7', '37.6'])
    assert.deepEqual(JSON.parse(params?.['keyboard'] ?? ''), {
      inline: true,
      buttons: [
        [
          { action: { type: 'text', label: 'Yes', payload: '{"hub":"y"}' } },
          { action: { type: 'open_link', link: 'https://a.example/', label: 'Site' } },
        ],
      ],
    })
  })

  it('says what VK has no room for: contacts, places alone, buttons of odd kinds', async () => {
    const [params] = await paramsOf({
      contact: { name: 'Bob', phone: '+4930123' },
      buttons: [[{ text: 'x'.repeat(41) }, { text: 'App', url: 'tg://x' }]],
    })
    const list = `1. ${'x'.repeat(41)}\n2. App – tg://x`
    assert.equal(params?.['message'], `${list}\nBob, +4930123`)
    fake.calls.length = 0
    const [place] = await paramsOf({ location: { latitude: 1.5, longitude: 2 } })
    assert.deepEqual(place, { message: '1.5, 2', lat: '1.5', long: '2' })
  })

  it('puts many buttons below the conversation, and lists more than that', async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, n) => [{ text: `B${n}` }])
    const eight = await paramsOf({ text, buttons: rows(8) })
    assert.equal(JSON.parse(eight[0]?.['keyboard'] ?? '').one_time, true)
    fake.calls.length = 0
    const eleven = await paramsOf({ text, buttons: rows(11) })
    assert.equal(eleven[0]?.['keyboard'], undefined)
    assert.match(eleven[0]?.['message'] ?? '', /\n11\. B10$/)
  })

  it('goes without what VK refuses, and says links and buttons in the text', async () => {
    fake.fail('messages.send', { code: 100 })
    fake.fail('messages.send', { code: 911 })
    fake.fail('messages.send', { code: 921 })
    const message = {
      text: LINKED,
      replyTo: { id: '55_9' },
      buttons: [[{ text: 'Site', url: 'https://b.example/' }]],
    }
    const sent = await paramsOf(message)
    assert.deepEqual(sent.at(-1), {
      message: 'see it (https://a.example/) now\n1. Site – https://b.example/',
    })
    assert.equal(
      new Set(fake.callsOf('messages.send').map(({ params: p }) => p['random_id'])).size,
      1,
    )
  })

  it('what is empty, or to no conversation of VK, is rejected without a call', async () => {
    for (const message of [{}, { text: plainText(' \n') }]) {
      const { disposition } = await fault(connector.send('55', message, line, sendContext()))
      assert.equal(disposition, 'reject')
    }
    const { disposition } = await fault(connector.send('ann', { text }, line, sendContext()))
    assert.equal(disposition, 'reject')
    assert.equal(fake.calls.length, 0)
  })
})

describe('files', () => {
  const url = 'https://f.example/x'

  it('are uploaded: photos, documents and voice messages, ten to a message', async () => {
    const files = [
      { url, name: 'a.jpg' },
      { url, name: 'act.pdf' },
      { url, name: 'v.ogg', kind: 'voice' as const },
    ]
    const [params] = await paramsOf({ text, files })
    assert.equal(params?.['attachment'], 'photo-7_456_pk,doc55_790_dk,doc55_791_dk')
    assert.equal(params?.['message'], 'hello')
    assert.deepEqual(
      fake.uploads.map(({ kind }) => kind),
      ['photo', 'doc', 'audio_message'],
    )
    fake.calls.length = 0
    const many = Array.from({ length: 12 }, () => ({ url, name: 'a.pdf' }))
    const parts = await paramsOf({ files: many })
    assert.deepEqual(
      parts.map(({ attachment }) => attachment?.split(',').length),
      [10, 2],
    )
  })

  it('that are no photos to VK go as documents, and ones it never takes as their links', async () => {
    const [photo] = await paramsOf({ files: [{ url, name: 'BROKEN.jpg' }] })
    assert.equal(photo?.['message'], `BROKEN.jpg: ${url}`)
    assert.deepEqual(
      fake.uploads.map(({ kind }) => kind),
      ['photo', 'doc'],
    )
    fake.calls.length = 0
    const files = [
      { url, name: 'huge.zip' },
      { url, name: 'ok.zip' },
    ]
    const [params] = await paramsOf({ text, files })
    assert.deepEqual(params, {
      message: `hello\nhuge.zip: ${url}`,
      attachment: 'doc55_791_dk',
    })
  })

  it('are not sent at all when VK refuses the token meanwhile', async () => {
    fake.fail('docs.getMessagesUploadServer', { code: 5 })
    const work = connector.send('55', { files: [{ url, name: 'a.pdf' }] }, line, sendContext())
    assert.equal((await fault(work)).disposition, 'pause')
    assert.equal(fake.callsOf('messages.send').length, 0)
  })

  it("of a person are found behind VK's redirects", async () => {
    const address = `${fake.url}/nothing`
    const found = await connector.locateFile?.(address, line, sendContext())
    assert.deepEqual(found, { url: address })
  })
})

describe('a message that is there', () => {
  it('is edited, with more behind it when it grows', async () => {
    await connector.send('55', { text }, line, sendContext())
    const receipt = await connector.update?.('55', '55_1', { text: LINKED }, line, sendContext())
    assert.deepEqual(receipt?.messageIds, ['55_1'])
    assert.equal(community.messages[0]?.params['message'], 'see it now')
    const long = plainText(`${'x'.repeat(4000)}\n${'y'.repeat(4000)}`)
    const call = sendContext({ out: 'out_2' })
    const longer = await connector.update?.('55', '55_1', { text: long }, line, call)
    assert.deepEqual(longer?.messageIds, ['55_1', '55_2'])
  })

  it('is deleted for everyone; one that is gone is a success, one that is too old is not', async () => {
    await connector.send('55', { text }, line, sendContext())
    await connector.remove?.('55', '55_1', line, sendContext())
    await connector.remove?.('55', '55_9', line, sendContext())
    assert.equal(community.messages[0]?.isDeleted, true)
    fake.fail('messages.delete', { code: 924 })
    const { disposition } = await fault(connector.remove?.('55', '55_1', line, sendContext()))
    assert.equal(disposition, 'reject')
    await fault(connector.update?.('55', 'odd', { text }, line, sendContext()))
  })

  it('is read, or all of the conversation is, and typing is shown', async () => {
    await connector.markRead?.('55', '55_12', line, sendContext())
    await connector.markRead?.('55', undefined, line, sendContext())
    await connector.typing?.('55', line, sendContext())
    const [one, all] = fake.callsOf('messages.markAsRead').map(({ params }) => params)
    assert.deepEqual([one?.['up_to_cmid'], all?.['mark_conversation_as_read']], ['12', '1'])
    assert.equal(fake.callsOf('messages.setActivity')[0]?.params['type'], 'typing')
  })
})

describe('what VK refuses', () => {
  type Row = [code: number, disposition: string, more?: Partial<DeliveryError['fault']>]
  const rows: Row[] = [
    [1, 'retry'],
    [5, 'pause', { field: 'accessToken' }],
    [6, 'retry', { isRateLimit: true, scope: 'line', retryAfterMs: 1000 }],
    [7, 'pause'],
    [9, 'retry', { maxAttempts: 6, retryAfterMs: 600_000 }],
    [10, 'retry'],
    [14, 'pause'],
    [15, 'pause', { field: 'accessToken' }],
    [18, 'reject', { isNoAccount: true }],
    [27, 'pause', { field: 'accessToken' }],
    [29, 'retry', { isRateLimit: true, retryAfterMs: 3_600_000 }],
    [42, 'pause'],
    [100, 'reject'],
    [105, 'retry', { maxAttempts: 3 }],
    [900, 'reject'],
    [901, 'reject'],
    [902, 'reject'],
    [909, 'reject'],
    [911, 'reject'],
    [912, 'pause'],
    [914, 'reject'],
    [917, 'reject'],
    [936, 'reject', { isNoAccount: true }],
    [945, 'reject'],
    [3610, 'reject', { isNoAccount: true }],
    [99_999, 'reject'],
  ]
  for (const [code, disposition, more = {}] of rows) {
    it(`with ${code} is ${disposition}, certainly not sent`, async () => {
      fake.fail('messages.send', { code, words: `echo ${TOKEN}`, times: 9 })
      const given = await fault(connector.send('55', { text }, line, sendContext()))
      const base = { disposition, outcome: 'not-sent', channelCode: String(code) }
      assert.deepEqual({ ...given, ...base, ...more }, given)
    })
  }

  it('for one conversation stands in the list of the answer', async () => {
    community.deniedBy.add('55')
    const given = await fault(connector.send('55', { text }, line, sendContext()))
    assert.deepEqual([given.channelCode, given.disposition], ['901', 'reject'])
  })

  it('in HTML with 200 leaves the outcome unknown', async () => {
    fake.fail('messages.send', { status: 200, words: '<html>' })
    const given = await fault(connector.send('55', { text }, line, sendContext()))
    assert.deepEqual([given.disposition, given.outcome], ['retry', 'unknown'])
  })
})
