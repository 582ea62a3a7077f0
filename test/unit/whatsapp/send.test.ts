import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { SendContext } from '../../../src/core/connector.ts'
import { given } from '../../../src/core/given.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import type { FakeWhatsApp } from '../../fakes/whatsapp.ts'
import { cloudError } from '../../fakes/whatsapp-errors.ts'
import { ANN } from '../../fakes/whatsapp-updates.ts'
import { NUMBER, SECRETS, startFakeWhatsApp } from '../../helpers/whatsapp-kit.ts'
import { faultOf, type OpenLine, openLine, sendContext } from './helpers.ts'

const HELLO = { text: plainText('hello') }
const FRAME = { messaging_product: 'whatsapp', recipient_type: 'individual', to: ANN.wa_id }
const PHOTO = { url: 'https://f.example/a.jpg' }
const LOST = { url: 'https://f.example/unreachable.pdf', name: 'act.pdf' }

let fake: FakeWhatsApp
let cloud: OpenLine
let dialog: OpenLine
before(async () => {
  fake = await startFakeWhatsApp()
  cloud = openLine('cloud', fake.url)
  dialog = openLine('360dialog', fake.url)
})
beforeEach(() => {
  fake.calls.length = 0
})
after(async () => {
  cloud.close()
  dialog.close()
  await fake[Symbol.asyncDispose]()
})

function send(
  message: OutboundMessage,
  more: Partial<SendContext> & { readonly by?: OpenLine; readonly chatId?: string } = {},
) {
  const { by = cloud, chatId = ANN.wa_id, ...context } = more
  return by.connector.send(chatId, message, by.line, sendContext(context))
}

/** What was posted, without what is the same in all of it. */
async function sent(message: OutboundMessage): Promise<Record<string, unknown>[]> {
  await send(message)
  return fake.callsOf('messages').map(({ json }) => {
    const { messaging_product: _, recipient_type: __, to: ___, ...rest } = json
    const { biz_opaque_callback_data: ____, ...content } = rest
    return content
  })
}

describe('whom a message goes to', () => {
  const whom = async (chatId: string, conversation?: SendContext['conversation']) => {
    const buttons = [[{ text: 'Yes' }, { text: 'No' }]]
    await send({ ...HELLO, buttons }, { chatId, ...given({ conversation }) })
    const { recipient_type, to, recipient, type } = fake.callsOf('messages').at(-1)?.json ?? {}
    return { recipient_type, to, recipient, type }
  }
  const one = { recipient_type: 'individual', type: 'interactive' }

  it('is a person by the number, however it is written', async () => {
    for (const chatId of ['79001112233', '+79001112233', '+7 (900) 111-22-33', '7.900.111.22.33']) {
      const expected = { ...one, to: '79001112233', recipient: undefined }
      assert.deepEqual(await whom(chatId), expected, chatId)
    }
  })

  it("is a person by the id, also where the id stood in the number's place", async () => {
    const expected = { ...one, to: undefined, recipient: ANN.user_id }
    assert.deepEqual(await whom(ANN.user_id), expected)
    assert.deepEqual(await whom(ANN.user_id, { to: ANN.user_id, recipient: ANN.user_id }), expected)
  })
})

describe('a message', () => {
  it('names its part for the statuses, and goes with the token in a header alone', async () => {
    const { messageIds } = await send(HELLO)
    assert.match(messageIds.join(), /^wamid\.sent\d+$/)
    const [call] = fake.callsOf('messages')
    const tag = { biz_opaque_callback_data: 'out_1/1' }
    assert.deepEqual(call?.json, { ...FRAME, ...tag, type: 'text', text: { body: 'hello' } })
    assert.equal(call?.path, `${NUMBER.id}/messages`)
    assert.ok(!JSON.stringify(call.query).includes(SECRETS.token))
    assert.match(call.query['appsecret_proof'] ?? '', /^[0-9a-f]{64}$/)
  })

  it('is the same at 360dialog, without a number in the path', async () => {
    await send(HELLO, { by: dialog })
    const [call] = fake.callsOf('messages')
    assert.equal(call?.path, 'messages')
    assert.deepEqual(call.query, {})
    assert.deepEqual(call.json['text'], { body: 'hello' })
  })

  it("goes to the phone number where it is known, to the person's id otherwise", async () => {
    const both = { to: ANN.wa_id, recipient: ANN.user_id, lastMessageId: 'wamid.1' }
    await send(HELLO, { chatId: ANN.user_id, conversation: both })
    await send(HELLO, { chatId: ANN.user_id, conversation: { recipient: ANN.user_id } })
    await send(HELLO, { chatId: ANN.user_id })
    await send(HELLO, { chatId: `+${ANN.wa_id}` })
    await send(HELLO, { chatId: 'Y2FwaV9ncm91cDox' })
    const to = fake
      .callsOf('messages')
      .map(({ json }) => [
        json['to'],
        json['recipient'],
        json['recipient_type'],
        json['biz_opaque_callback_data'],
      ])
    assert.deepEqual(to, [
      [ANN.wa_id, undefined, 'individual', 'out_1/1'],
      [undefined, ANN.user_id, 'individual', 'out_1/1'],
      [undefined, ANN.user_id, 'individual', 'out_1/1'],
      [ANN.wa_id, undefined, 'individual', 'out_1/1'],
      ['Y2FwaV9ncm91cDox', undefined, 'group', 'out_1/1'],
    ])
  })

  it('is split at 4096, the parts numbered, and goes on behind what was sent', async () => {
    const long = { text: plainText(`${'word '.repeat(1000)}`.trim()) }
    const { messageIds } = await send(long, { done: [['wamid.before']] })
    assert.equal(messageIds[0], 'wamid.before')
    const calls = fake.callsOf('messages')
    assert.deepEqual(
      calls.map(({ json }) => json['biz_opaque_callback_data']),
      ['out_1/2'],
    )
  })

  it('shows a preview where it has an address, and answers what it answers', async () => {
    const text = plainText('see https://example.org')
    assert.deepEqual(await sent({ text, replyTo: { id: 'wamid.A' } }), [
      {
        type: 'text',
        text: { body: 'see https://example.org', preview_url: true },
        context: { message_id: 'wamid.A' },
      },
    ])
  })

  it('is sent without the message it answers when Meta refuses a parameter', async () => {
    fake.fail('messages', { status: 400, body: cloudError(131_009) })
    const posted = await sent({ ...HELLO, replyTo: { id: 'wamid.unknown' } })
    assert.deepEqual(
      posted.map(({ context }) => context),
      [{ message_id: 'wamid.unknown' }, undefined],
    )
    fake.fail('messages', { status: 400, body: cloudError(131_009) })
    await faultOf(send(HELLO))
  })

  it('says a button in the text whose address Meta refuses', async () => {
    const buttons = [[{ text: 'Open', url: 'http://crm/deal/5' }]]
    const posted = await sent({ text: plainText('hello'), buttons })
    assert.deepEqual(posted.at(-1)?.['text'], {
      body: 'hello\n1. Open – http://crm/deal/5',
      preview_url: true,
    })
  })

  it('with nothing in it is refused', async () => {
    const fault = await faultOf(send({ text: plainText('  ') }))
    assert.deepEqual([fault.channelCode, fault.disposition], ['HUB_EMPTY_MESSAGE', 'reject'])
  })
})

describe('files', () => {
  it('go as what WhatsApp shows, one of them with the text as its caption', async () => {
    assert.deepEqual(await sent({ ...HELLO, files: [PHOTO] }), [
      { type: 'image', image: { link: PHOTO.url, caption: 'hello' } },
    ])
  })

  it('go behind the text if it is long, if there are several, or if they have no caption', async () => {
    const long = 'x'.repeat(1025)
    const kinds = async (message: OutboundMessage): Promise<unknown[]> => {
      fake.calls.length = 0
      return (await sent(message)).map(({ type }) => type)
    }
    assert.deepEqual(await kinds({ text: plainText(long), files: [PHOTO] }), ['text', 'image'])
    const two = [PHOTO, { url: 'https://f.example/b.mp4' }]
    assert.deepEqual(await kinds({ ...HELLO, files: two }), ['text', 'image', 'video'])
    const song = { url: 'https://f.example/v.mp3' }
    assert.deepEqual(await kinds({ ...HELLO, files: [song] }), ['text', 'audio'])
  })

  it('of kind voice are heard as a voice if they are Ogg', async () => {
    const files = ['v.ogg', 'v.m4a'].map(
      (name) => ({ url: `https://f.example/${name}`, kind: 'voice' }) as const,
    )
    assert.deepEqual(
      (await sent({ files })).map(({ audio }) => (audio as { voice?: boolean }).voice),
      [true, undefined],
    )
  })

  it('of other forms are documents with a name', async () => {
    const urls = ['a.gif', 'b.webp', 'c.mov', 'd', 'e%20f.PDF']
    const files = urls.map((name) => ({ url: `https://f.example/${name}` }))
    const named = { url: 'https://f.example/x.pdf?t=1', name: 'act.pdf' }
    const posted = await sent({ files: [...files, named] })
    assert.deepEqual(
      posted.map(({ document }) => (document as { filename?: string } | undefined)?.filename),
      ['a.gif', 'b.webp', 'c.mov', undefined, 'e f.PDF', 'act.pdf'],
    )
    const sticker = { url: 'https://f.example/b.webp', kind: 'sticker' } as const
    assert.equal((await sent({ files: [sticker] })).at(-1)?.['type'], 'sticker')
  })

  it("that Meta can't fetch are tried once more, and then are their address", async () => {
    const posted = await sent({ ...HELLO, files: [LOST] })
    assert.deepEqual(
      posted.map(({ type }) => type),
      ['document', 'document', 'text'],
    )
    const body = `hello\nact.pdf: ${LOST.url}`
    assert.deepEqual(posted.at(-1)?.['text'], { body, preview_url: true })
  })

  it('that are fetched at the second try go as files', async () => {
    fake.fail('messages', { status: 400, body: cloudError(131_053) })
    const posted = await sent({ files: [PHOTO] })
    assert.deepEqual(
      posted.map(({ type }) => type),
      ['image', 'image'],
    )
  })

  it("with an address that is none of the web's are text", async () => {
    const file = { url: 'ftp://f.example/a.jpg', name: 'a' }
    assert.deepEqual(await sent({ files: [file] }), [
      { type: 'text', text: { body: 'a: ftp://f.example/a.jpg' } },
    ])
  })
})

describe('places and contacts', () => {
  it('are text in groups, as buttons are', async () => {
    const location = { latitude: 52.5, longitude: 13.4 }
    const contact = { name: 'Bob', phone: '+7 900' }
    const message = { ...HELLO, location, contact, buttons: [[{ text: 'Yes' }]] }
    await send(message, { chatId: 'g', conversation: { to: 'Y2FwaQ', isGroup: true } })
    const [call, ...others] = fake.callsOf('messages')
    assert.equal(others.length, 0)
    const map = 'https://www.openstreetmap.org/?mlat=52.5&mlon=13.4'
    assert.ok(call)
    const { body } = call.json['text'] as { body: string }
    assert.equal(body, `hello\n52.5, 13.4\n${map}\nBob, +7 900\n1. Yes`)
  })

  it('are shown as such', async () => {
    const location = { latitude: 52.5, longitude: 13.4, title: 'Gate', address: 'Platz 1' }
    const contact = { name: 'Bob', phone: '+7 900' }
    assert.deepEqual(await sent({ location, contact }), [
      {
        type: 'location',
        location: { latitude: 52.5, longitude: 13.4, name: 'Gate', address: 'Platz 1' },
      },
      {
        type: 'contacts',
        contacts: [
          { name: { formatted_name: 'Bob', first_name: 'Bob' }, phones: [{ phone: '+7 900' }] },
        ],
      },
    ])
  })

  it('without a number are text', async () => {
    assert.deepEqual(await sent({ contact: { name: 'Bob' } }), [
      { type: 'text', text: { body: 'Bob' } },
    ])
  })
})

describe('a template', () => {
  const template = {
    name: 'order',
    language: 'ru',
    namespace: 'ns_1',
    parameters: [
      { type: 'body', value: 'A-17' },
      { type: 'image', value: 'https://f.example/a.jpg' },
      { type: 'button_url', value: 'track/17' },
      { type: 'body', value: 'two\nlines\tand     spaces' },
    ],
  } as const
  const components = [
    { type: 'header', parameters: [{ type: 'image', image: { link: 'https://f.example/a.jpg' } }] },
    {
      type: 'body',
      parameters: [
        { type: 'text', text: 'A-17' },
        { type: 'text', text: 'two lines and spaces' },
      ],
    },
    {
      type: 'button',
      sub_type: 'url',
      index: '0',
      parameters: [{ type: 'text', text: 'track/17' }],
    },
  ]

  it('has a header, the gaps of its body in order, and a button', async () => {
    assert.deepEqual(await sent({ template }), [
      { type: 'template', template: { name: 'order', language: { code: 'ru' }, components } },
    ])
  })

  it('has its namespace for 360dialog alone, and the reference of the outbox', async () => {
    await send({ template }, { by: dialog, out: 'out_7' })
    const [call] = fake.callsOf('messages')
    assert.deepEqual(call?.json['template'], {
      name: 'order',
      language: { code: 'ru' },
      namespace: 'ns_1',
      components,
    })
    assert.equal(call?.json['biz_opaque_callback_data'], 'out_7/1')
  })

  it("goes with Meta's own components as they are, and without any", async () => {
    const own = [{ type: 'body', parameters: [{ type: 'currency', currency: { code: 'EUR' } }] }]
    const bare = { name: 'hello', language: 'en' }
    assert.deepEqual(await sent({ template: { ...bare, components: own } }), [
      { type: 'template', template: { name: 'hello', language: { code: 'en' }, components: own } },
    ])
    fake.calls.length = 0
    assert.deepEqual(await sent({ template: bare }), [
      { type: 'template', template: { name: 'hello', language: { code: 'en' } } },
    ])
  })

  it('reaches a person outside of the answer window, where a text does not', async () => {
    const number = fake.numbers[0]
    const known = number?.people.get(ANN.wa_id)
    number?.people.set(ANN.wa_id, { wroteAt: 0 })
    try {
      const fault = await faultOf(send(HELLO))
      assert.equal(fault.channelCode, 'outside_window')
      assert.equal((await send({ template })).messageIds.length, 1)
    } finally {
      if (known) number?.people.set(ANN.wa_id, known)
    }
  })

  it("fails with Meta's words for a file that it can't fetch", async () => {
    const parameters = [{ type: 'video', value: 'https://f.example/unreachable.mp4' }] as const
    const fault = await faultOf(send({ template: { ...template, parameters } }))
    assert.equal(fault.disposition, 'reject')
  })
})
