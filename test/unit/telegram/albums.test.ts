import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planMessage } from '../../../connectors/telegram/outbound.ts'
import { toAlbums } from '../../../connectors/telegram/outbound-albums.ts'
import type { OutboundFile, OutboundMessage } from '../../../src/core/message.ts'
import { plainText } from '../../../src/core/rich-text.ts'

const BASE = 'https://f.example'

function named(...names: readonly string[]): OutboundFile[] {
  return names.map((name) => ({ url: `${BASE}/${name}` }))
}

/** Methods, each album with the ends of its files' names. */
function plan(message: OutboundMessage): string[] {
  return toAlbums(planMessage(message, { chatId: '55' })).map(({ method, params }) => {
    const media = params['media'] as { media: string }[] | undefined
    return media ? media.map((item) => item.media.slice(BASE.length + 1)).join('+') : method
  })
}

describe('several files of one message', () => {
  it('become albums of what may share one, in their order', () => {
    const rows: [files: string[], expected: string[]][] = [
      [['a.jpg', 'b.mp4', 'c.png'], ['a.jpg+b.mp4+c.png']],
      [['a.pdf', 'b.zip'], ['a.pdf+b.zip']],
      [['a.mp3', 'b.m4a'], ['a.mp3+b.m4a']],
      [
        ['a.jpg', 'b.jpg', 'c.pdf', 'd.jpg'],
        ['a.jpg+b.jpg', 'sendDocument', 'sendPhoto'],
      ],
      [
        ['a.ogg', 'b.ogg'],
        ['sendVoice', 'sendVoice'],
      ],
      [['a.jpg'], ['sendPhoto']],
    ]
    for (const [files, expected] of rows)
      assert.deepEqual(plan({ files: named(...files) }), expected)
    const sticker = { url: `${BASE}/s.webp`, kind: 'sticker' as const }
    assert.deepEqual(plan({ files: [sticker, sticker] }), ['sendSticker', 'sendSticker'])
  })

  it('fill albums of ten', () => {
    const files = named(...Array.from({ length: 23 }, (_, index) => `${index}.jpg`))
    const sizes = plan({ files }).map((album) => album.split('+').length)
    assert.deepEqual(sizes, [10, 10, 3])
    assert.deepEqual(plan({ files: files.slice(0, 11) }).at(-1), 'sendPhoto')
  })

  it('carry a short text as the caption of the first, with its styles and the reply', () => {
    const text = [{ type: 'bold' as const, children: plainText('see') }]
    const message = { text, files: named('a.jpg', 'b.jpg'), replyTo: { id: '7' } }
    const [album, ...others] = toAlbums(planMessage(message, { chatId: '55' }))
    assert.equal(others.length, 0)
    const entities = [{ type: 'bold', offset: 0, length: 3 }]
    assert.deepEqual(album?.params, {
      chat_id: 55,
      reply_parameters: { message_id: 7, allow_sending_without_reply: true },
      media: [
        { type: 'photo', media: `${BASE}/a.jpg`, caption: 'see', caption_entities: entities },
        { type: 'photo', media: `${BASE}/b.jpg` },
      ],
    })
    const [first] = album?.album ?? []
    assert.equal(first?.params['caption'], 'see')
    assert.equal(first?.instead?.params['text'], `see\n${BASE}/a.jpg`)
    assert.deepEqual(first?.instead?.params['entities'], entities)
    assert.ok(first?.instead?.params['reply_parameters'])
  })

  it('leave a long text, and one before a file that goes alone, a message of its own', () => {
    const files = named('a.jpg', 'b.jpg')
    assert.deepEqual(plan({ text: plainText('x'.repeat(1025)), files }), [
      'sendMessage',
      'a.jpg+b.jpg',
    ])
    assert.deepEqual(plan({ text: plainText('x'), files: named('c.pdf', 'a.jpg', 'b.jpg') }), [
      'sendMessage',
      'sendDocument',
      'a.jpg+b.jpg',
    ])
  })

  it('leave the buttons where they can be pressed', () => {
    const buttons = [[{ text: 'Ok', payload: 'p' }]]
    const files = named('a.jpg', 'b.jpg', 'c.jpg')
    assert.deepEqual(plan({ text: plainText('x'), files, buttons }), [
      'sendMessage',
      'a.jpg+b.jpg+c.jpg',
    ])
    assert.deepEqual(plan({ files, buttons }), ['a.jpg+b.jpg', 'sendPhoto'])
  })

  it('are followed by place and contact', () => {
    const location = { latitude: 1, longitude: 2 }
    assert.deepEqual(plan({ files: named('a.jpg', 'b.jpg'), location }), [
      'a.jpg+b.jpg',
      'sendLocation',
    ])
  })
})
