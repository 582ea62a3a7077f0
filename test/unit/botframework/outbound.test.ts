import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planActivities } from '../../../connectors/botframework/outbound.ts'
import { profileOf } from '../../../connectors/botframework/virtual.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText, type RichText } from '../../../src/core/rich-text.ts'
import { toPlain } from '../../../src/text/channels/plain.ts'
import { toMarkdown } from '../../../src/text/channels/teams-markdown.ts'

function plan(channelId: string, message: OutboundMessage) {
  return planActivities(message, profileOf(channelId))
}

const bold = (value: string): RichText => [{ type: 'bold', children: plainText(value) }]

describe('the text of a message', () => {
  it('goes as plain when it has no markup, so that nothing is read as such', () => {
    assert.deepEqual(plan('msteams', { text: plainText('2 * 3 <b> _x_') }), [
      { type: 'message', text: '2 * 3 <b> _x_', textFormat: 'plain' },
    ])
  })

  it('goes as markdown with what was typed escaped', () => {
    const text = [...bold('sum'), ...plainText(' 2*3 [x](y) <b> &lt;\nhttps://a.example/b_c_d')]
    assert.deepEqual(plan('msteams', { text }), [
      {
        type: 'message',
        text: '**sum** 2\\*3 \\[x\\]\\(y\\) \\<b\\> \\&lt;  \nhttps://a.example/b_c_d',
        textFormat: 'markdown',
      },
    ])
  })

  it('loses its markers in a plain channel, and no content', () => {
    const text: RichText = [
      ...bold('a'),
      { type: 'link', href: 'https://x.example/', children: plainText('site') },
      { type: 'quote', children: plainText('one\ntwo') },
      { type: 'mention', id: '7', children: plainText('Anna') },
    ]
    assert.equal(
      plan('facebook', { text })[0]?.text,
      'asite (https://x.example/)\n> one\n> two\n@Anna',
    )
  })

  it('names people in Teams with an entity whose text is in the text', () => {
    const text: RichText = [{ type: 'mention', id: '29:2', children: plainText('@Boris <x>') }]
    const [activity] = plan('msteams', { text })
    const [entity] = activity?.entities ?? []
    assert.equal(entity?.mentioned.id, '29:2')
    assert.equal(activity?.text, entity?.text)
    assert.equal(plan('directline', { text })[0]?.entities, undefined)
  })

  it('renders every kind of node', () => {
    const text: RichText = [
      { type: 'italic', children: plainText(' x ') },
      { type: 'strike', children: plainText('y') },
      { type: 'underline', children: plainText('u') },
      { type: 'code', value: 'a`b' },
      { type: 'pre', value: 'c', language: 'ts' },
      { type: 'emoji', value: '🙂' },
    ]
    assert.equal(toMarkdown(text), '\u00a0_x_ ~~y~~u``a`b``\n```ts\nc\n```\n\n🙂')
    assert.equal(toPlain(text), ' x yua`b\nc\n🙂')
  })
})

describe("a messenger's own markup", () => {
  const text: RichText = [...bold('sale'), ...plainText(' 1 < 2 & *x*')]

  it('is handed to Slack as it is', () => {
    const mrkdwn = '*sale* 1 &lt; 2 &amp; <!date^0^{_}|*>x<!date^0^{_}|*>'
    assert.deepEqual(plan('slack', { text }), [{ type: 'message', channelData: { text: mrkdwn } }])
  })

  it("is a call of Telegram's own", () => {
    const parameters = { text: '<b>sale</b> 1 &lt; 2 &amp; *x*', parse_mode: 'HTML' }
    assert.deepEqual(plan('telegram', { text }), [
      { type: 'message', channelData: { method: 'sendMessage', parameters } },
    ])
  })

  it('is left out where an edit or quick replies need the connector', () => {
    const plain = 'sale 1 < 2 & *x*'
    for (const channelId of ['slack', 'telegram']) {
      const [edit] = planActivities({ text }, profileOf(channelId), true)
      assert.deepEqual(edit, { type: 'message', text: plain, textFormat: 'plain' })
    }
    const [asked] = plan('telegram', { text, buttons: [[{ text: 'Yes' }]] })
    assert.equal(asked?.text, plain)
    assert.equal(asked?.channelData, undefined)
    assert.equal(asked?.suggestedActions?.actions.length, 1)
  })

  it('is not needed for what reads the same everywhere', () => {
    for (const channelId of ['slack', 'telegram']) {
      assert.deepEqual(plan(channelId, { text: plainText('Hello, it is 10:30 (see 8) 🙂') }), [
        { type: 'message', text: 'Hello, it is 10:30 (see 8) 🙂', textFormat: 'plain' },
      ])
    }
  })

  it('counts towards the limit as the channel counts it', () => {
    const value = '& '.repeat(2000).trim()
    assert.equal(plan('telegram', { text: bold(value) }).length, 1)
    const parts = plan('slack', { text: bold(value) })
    assert.equal(parts.length, 4)
    for (const { channelData } of parts) {
      assert.match(String(channelData?.['text']), /^\*&amp;( &amp;)*\*$/)
    }
  })
})

describe('what has only an address to show', () => {
  it('is sent', () => {
    const text: RichText = [{ type: 'link', href: 'https://a.example/', children: [] }]
    assert.equal(plan('sms', { text })[0]?.text, 'https://a.example/')
    assert.equal(plan('webchat', { text })[0]?.text, '[https://a.example/](https://a.example/)')
  })
})

describe('a long text', () => {
  it('is split at line ends, else at word ends, within the limit', () => {
    const line = 'word '.repeat(100).trim()
    const text = plainText(`${line}\n`.repeat(20).trim())
    const parts = plan('facebook', { text }).map((activity) => activity.text ?? '')
    assert.ok(parts.length > 4)
    for (const part of parts) assert.ok(part.length <= 2000 && part.endsWith(line), part)
    const words = plan('facebook', { text: plainText('word '.repeat(1000).trim()) })
    for (const { text: part } of words) assert.match(part ?? '', /^word( word)*$/)
  })

  it('loses nothing but the white space at the cuts', () => {
    const text = Array.from({ length: 2000 }, (_, index) => `w${index}`).join(' ')
    const parts = plan('groupme', { text: plainText(text) }).map((activity) => activity.text)
    assert.equal(parts.join(' '), text)
  })

  it('without any gap is cut between characters, never inside one', () => {
    const parts = plan('groupme', { text: plainText(`a${'🙂'.repeat(2000)}`) })
    assert.equal(parts.map((part) => part.text).join(''), `a${'🙂'.repeat(2000)}`)
    for (const { text } of parts) assert.ok((text?.length ?? 0) <= 1000 && text?.isWellFormed())
  })

  it('of exactly the limit stays in one piece', () => {
    assert.equal(plan('telegram', { text: plainText('x'.repeat(4096)) }).length, 1)
    assert.equal(plan('telegram', { text: plainText('x'.repeat(4097)) }).length, 2)
  })

  it('closes its markup at a cut and opens it anew', () => {
    const parts = plan('slack', { text: bold('word '.repeat(2000).trim()) })
    assert.ok(parts.length > 1)
    for (const { channelData } of parts) {
      const text = String(channelData?.['text'])
      assert.match(text, /^\*word.*word\*$/s)
      assert.ok(text.length <= 4000)
    }
  })

  it('is split in linear time', () => {
    const before = performance.now()
    plan('sms', { text: plainText('a b\n'.repeat(100_000)) })
    plan('sms', { text: plainText('x'.repeat(400_000)) })
    assert.ok(performance.now() - before < 4000)
  })
})

describe('buttons', () => {
  const text = plainText('Choose')
  const two = [[{ text: 'Yes', payload: 'y' }], [{ text: 'Site', url: 'https://x.example/' }]]

  it('are a card of its own in Teams', () => {
    const [, card] = plan('msteams', { text, buttons: two })
    assert.deepEqual(card?.attachments, [
      {
        contentType: 'application/vnd.microsoft.card.hero',
        content: {
          buttons: [
            { type: 'messageBack', title: 'Yes', value: { payload: 'y' }, displayText: 'Yes' },
            { type: 'openUrl', title: 'Site', value: 'https://x.example/' },
          ],
        },
      },
    ])
  })

  it('are quick replies in Telegram and Facebook', () => {
    const [activity] = plan('telegram', {
      text,
      buttons: [[{ text: 'Yes', payload: 'y' }, { text: 'No' }]],
    })
    assert.deepEqual(activity?.suggestedActions?.actions, [
      { type: 'postBack', title: 'Yes', value: 'y' },
      { type: 'imBack', title: 'No', value: 'No' },
    ])
    const [alone] = plan('facebook', { buttons: [[{ text: 'Yes' }, { text: 'No' }]] })
    assert.equal(alone?.text, 'Yes / No')
  })

  it('are a numbered list where there are none, or too many, or links that cannot be', () => {
    const list = 'Choose\n1. Yes\n2. Site – https://x.example/'
    for (const channelId of ['email', 'sms', 'groupme', 'skype', 'unknown']) {
      assert.deepEqual(plan(channelId, { text, buttons: two }), [
        { type: 'message', text: list, textFormat: 'plain' },
      ])
    }
    const [{ channelData } = {}] = plan('telegram', { text, buttons: two })
    assert.deepEqual(channelData?.['parameters'], { text: list, parse_mode: 'HTML' })
    const [odd] = plan('msteams', { text, buttons: [[{ text: 'Deal', url: 'crm:deal/5' }]] })
    assert.equal(odd?.text, 'Choose\n1. Deal – crm:deal/5')
    const four = [['a', 'b', 'c', 'd'].map((label) => ({ text: label }))]
    assert.equal(
      plan('msteams', { text, buttons: four })[0]?.text,
      'Choose\n1. a\n2. b\n3. c\n4. d',
    )
  })
})

describe('files, places and contacts', () => {
  const files = [
    { url: 'https://hub.example/a', kind: 'image' },
    { url: 'https://hub.example/b.bin', name: 'b.pdf' },
  ] as const

  it('are attachments, each in an activity of its own', () => {
    assert.deepEqual(
      plan('directline', { files }).map((activity) => activity.attachments?.[0]?.contentType),
      ['image/jpeg', 'application/pdf'],
    )
  })

  it('other than pictures are links in Teams, and all are in SMS', () => {
    const [link, image, ...others] = plan('msteams', { files })
    assert.equal(link?.text, 'b.pdf: https://hub.example/b.bin')
    assert.equal(image?.attachments?.[0]?.contentType, 'image/jpeg')
    assert.deepEqual(others, [])
    assert.equal(plan('sms', { files }).length, 1)
  })

  it('that are places or contacts are text', () => {
    const location = { latitude: 1.5, longitude: 2, title: 'Office' }
    const contact = { name: 'Anna', phone: '+49' }
    assert.equal(
      plan('msteams', { location, contact })[0]?.text,
      'Office\n1.5, 2\nhttps://www.openstreetmap.org/?mlat=1.5&mlon=2\nAnna, +49',
    )
  })

  it('answer a message with their first activity only', () => {
    const planned = plan('directline', { text: plainText('x'), files, replyTo: { id: '5' } })
    assert.deepEqual(
      planned.map((activity) => activity.replyToId),
      ['5', undefined, undefined],
    )
  })
})
