import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import { inspect } from 'node:util'
import type { TelegramSettings } from '../../../connectors/telegram/settings.ts'
import { DeliveryError } from '../../../src/core/errors.ts'
import type { Line } from '../../../src/core/line.ts'
import type { OutboundMessage } from '../../../src/core/message.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { type FakeTelegram, startFakeTelegram } from '../../fakes/telegram.ts'
import type { Upload } from '../../fakes/telegram-media.ts'
import { pour, startFileServer } from '../../helpers/file-server.ts'
import type { LocalServer } from '../../helpers/local-server.ts'
import { sendContext } from '../../helpers/sending.ts'
import { BOT_ID, createConnector, createLine, files as fileSource, http, TOKEN } from './helpers.ts'

const MEGABYTE = 1024 * 1024
const TYPES: Readonly<Record<string, string>> = { jpg: 'image/jpeg', pdf: 'application/pdf' }
const connector = createConnector()
const text = plainText('see')
let fake: FakeTelegram
let portal: LocalServer
let line: Line<TelegramSettings>
/** Requests that the portal's server got, by path. */
let asked: string[]

beforeEach(async () => {
  asked = []
  fake = await startFakeTelegram()
  fake.addBot({ token: TOKEN, id: BOT_ID }).fetchesFiles = true
  portal = await startFileServer(servePortal)
  line = createLine({ apiRoot: fake.url })
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
  await portal[Symbol.asyncDispose]()
})
after(async () => {
  http.close()
  await fileSource.close()
})

/** `/6.jpg` is a file of 6 MB, `/chunked/6.jpg` doesn't say so, `/404.jpg` and the like answer that. */
function servePortal(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url?.split('?')[0] ?? ''
  asked.push(path)
  const [, name = '', extension = ''] = /([\d.]+)[^/.]*\.(\w+)$/.exec(path) ?? []
  const size = Number(name) * MEGABYTE
  const type = { 'content-type': TYPES[extension] ?? 'application/octet-stream' }
  if (path.startsWith('/status/')) {
    return void response.writeHead(Number(name), { location: '/status/404.jpg' }).end()
  }
  if (path.startsWith('/endless/')) {
    response.writeHead(200, type)
    pour(response, Buffer.alloc(65_536))
    return
  }
  const length = path.startsWith('/chunked/') ? {} : { 'content-length': String(size) }
  response.writeHead(200, { ...type, ...length }).end(Buffer.alloc(size))
}

function send(message: OutboundMessage, attempt = 1): Promise<{ messageIds: readonly string[] }> {
  return connector.send('55', message, line, sendContext({ attempt }))
}

function file(path: string): { url: string } {
  return { url: `${portal.url}${path}?key=SECRET-key` }
}

async function faultOf(work: Promise<unknown>): Promise<[string, string, string]> {
  const error = await work.then(
    () => assert.fail('it was sent'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DeliveryError, inspect(error))
  assert.ok(!inspect(error, { depth: 9 }).includes('SECRET-key'))
  return [error.fault.channelCode, error.fault.disposition, error.message]
}

function methods(): string[] {
  return fake.calls.map(({ method }) => method)
}

/** What came of the last call's file: an address, or a form's file. */
function last(field: string): unknown {
  return fake.calls.at(-1)?.params[field]
}

describe('one file', () => {
  it('goes by its address when Telegram fetches it', async () => {
    await send({ text, files: [file('/1.jpg')] })
    assert.deepEqual(methods(), ['sendPhoto'])
    assert.equal(last('photo'), file('/1.jpg').url)
    assert.deepEqual(asked, ['/1.jpg'])
  })

  it('is uploaded with its caption when Telegram does not fetch its kind', async () => {
    const named = { ...file('/1.docx'), name: 'Счёт "1".docx' }
    const { messageIds } = await send({ text, files: [named], replyTo: { id: '3' } })
    assert.deepEqual([methods(), messageIds], [['sendDocument', 'sendDocument'], ['1']])
    const { name, size } = last('document') as Upload
    assert.deepEqual([size, name.startsWith('Счёт')], [MEGABYTE, true])
    assert.equal(last('caption'), 'see')
    assert.equal(last('chat_id'), 55)
    assert.deepEqual(last('reply_parameters'), { message_id: 3, allow_sending_without_reply: true })
  })

  const sizes: [path: string, method: string, isUpload: boolean][] = [
    ['/6.jpg', 'sendPhoto', true],
    ['/chunked/6.jpg', 'sendPhoto', true],
    ['/12.jpg', 'sendDocument', true],
    ['/chunked/12.jpg', 'sendDocument', true],
    ['/21.mp4', 'sendVideo', true],
    ['/51.pdf', 'sendMessage', false],
    ['/60.jpg', 'sendMessage', false],
    ['/endless/1.pdf', 'sendMessage', false],
  ]
  for (const [path, method, isUpload] of sizes) {
    it(`${path} ends as ${isUpload ? 'an upload by' : 'its link by'} ${method}`, async () => {
      await send({ text, files: [file(path)] })
      const call = fake.calls.at(-1)
      assert.equal(call?.method, method)
      if (isUpload) {
        const upload = call.params[method.slice(4).toLowerCase()] as Upload
        assert.equal(upload.size, Number(/([\d]+)\./.exec(path)?.[1]) * MEGABYTE)
      } else {
        assert.equal(call.params['text'], `see\n${file(path).url}`)
      }
    })
  }

  it('that is no picture to Telegram goes as a document', async () => {
    fake.bot(BOT_ID).badPictures.add('6.jpg')
    await send({ text, files: [file('/6.jpg')] })
    assert.deepEqual(methods(), ['sendPhoto', 'sendPhoto', 'sendDocument'])
    assert.equal((last('document') as Upload).size, 6 * MEGABYTE)
    assert.equal(last('caption'), 'see')
    const body = {
      ok: false,
      error_code: 400,
      description: 'Bad Request: PHOTO_INVALID_DIMENSIONS',
    }
    fake.fail('sendPhoto', { status: 400, body })
    await send({ files: [file('/1.jpg')] })
    assert.deepEqual(methods().slice(3), ['sendPhoto', 'sendDocument'])
  })

  const bad: [path: string, code: string, disposition: string, words: RegExp][] = [
    ['/status/404.jpg', 'HUB_FILE_GONE', 'reject', /"404\.jpg" is not there .*404/],
    ['/status/410.jpg', 'HUB_FILE_GONE', 'reject', /410/],
    ['/status/302.jpg', 'HUB_FILE_REDIRECT', 'reject', /redirect/],
    ['/status/403.jpg', 'HUB_FILE_UNREACHABLE', 'reject', /403/],
    ['/status/500.jpg', 'HUB_FILE_UNREACHABLE', 'retry', /500/],
  ]
  for (const [path, code, disposition, words] of bad) {
    it(`${path} is ${code}, ${disposition}`, async () => {
      const fault = await faultOf(send({ text, files: [file(path)] }))
      assert.deepEqual(fault.slice(0, 2), [code, disposition])
      assert.match(fault[2], words)
      assert.deepEqual(methods(), ['sendPhoto'])
    })
  }

  it('a voice that the person does not take goes as a file', async () => {
    for (const words of [
      'Bad Request: VOICE_MESSAGES_FORBIDDEN',
      'Bad Request: user restricted receiving of voice messages',
    ]) {
      fake.calls.length = 0
      const body = { ok: false, error_code: 400, description: words }
      fake.fail('sendVoice', { status: 400, body })
      await send({ files: [{ ...file('/1.ogg'), kind: 'voice' }] })
      assert.deepEqual(methods().slice(0, 2), ['sendVoice', 'sendDocument'])
      assert.ok(!('voice' in (fake.calls.at(-1)?.params ?? {})))
    }
  })

  it('on a private address fails before anything of the message is sent', async () => {
    const files = [file('/1.jpg'), { url: 'http://10.1.2.3/a.ogg?key=SECRET-key' }]
    const fault = await faultOf(send({ text, files }))
    assert.deepEqual(fault.slice(0, 2), ['HUB_FILE_PRIVATE', 'reject'])
    assert.deepEqual([methods(), asked], [[], []])
  })

  it('in passing trouble is tried again eight times, also behind a sent part', async () => {
    const failing = { files: [file('/status/500.jpg')] }
    assert.equal((await faultOf(send(failing, 7)))[1], 'retry')
    assert.equal((await faultOf(send(failing, 8)))[1], 'reject')
    const behind = { text: plainText('x'.repeat(2000)), ...failing }
    assert.deepEqual((await faultOf(send(behind))).slice(0, 2), ['HUB_FILE_UNREACHABLE', 'retry'])
  })

  it('is opened anew when the call has to be repeated for another reason', async () => {
    fake.bot(BOT_ID).migrated.set(-55, -100_55)
    await connector.send('-55', { files: [file('/1.docx')] }, line, sendContext())
    assert.deepEqual(
      fake.calls.map(({ params }) => params['chat_id']),
      [-55, -55, -100_55],
    )
    assert.equal((last('document') as Upload).size, MEGABYTE)
    assert.deepEqual(asked, ['/1.docx', '/1.docx', '/1.docx'])
  })
})

describe('an album', () => {
  it('goes by its addresses, and gives the ids of all its messages', async () => {
    const receipt = await send({ text, files: [file('/1.jpg'), file('/2.jpg')] })
    assert.deepEqual([methods(), receipt.messageIds], [['sendMediaGroup'], ['1', '2']])
  })

  it('is uploaded as one when Telegram can not fetch a file of it', async () => {
    const files = [file('/1.docx'), { ...file('/chunked/2.txt'), name: 'b.txt' }]
    const receipt = await send({ text, files })
    assert.deepEqual(
      [methods(), receipt.messageIds.length],
      [['sendMediaGroup', 'sendMediaGroup'], 2],
    )
    assert.deepEqual(last('media'), [
      { type: 'document', media: 'attach://file0', caption: 'see' },
      { type: 'document', media: 'attach://file1' },
    ])
    const uploads = [last('file0'), last('file1')] as Upload[]
    assert.deepEqual(
      uploads.map(({ name, size }) => [name, size]),
      [
        ['1.docx', MEGABYTE],
        ['b.txt', 2 * MEGABYTE],
      ],
    )
  })

  it('with a file too large for it goes file by file, each as it can', async () => {
    const files = [file('/1.jpg'), file('/12.jpg'), file('/60.jpg')]
    const receipt = await send({ text, files })
    assert.equal(receipt.messageIds.length, 3)
    const sent = [...fake.bot(BOT_ID).messages.values()].map((message) =>
      ['photo', 'document', 'text'].find((field) => field in message),
    )
    assert.deepEqual(sent, ['photo', 'document', 'text'])
    assert.equal([...fake.bot(BOT_ID).messages.values()][0]?.['caption'], 'see')
  })

  it('with a file that is gone fails as a whole, and nothing is out', async () => {
    const files = [file('/1.jpg'), file('/status/404.jpg')]
    const [code, disposition] = await faultOf(send({ text, files }))
    assert.deepEqual([code, disposition], ['HUB_FILE_GONE', 'reject'])
    assert.equal(fake.bot(BOT_ID).messages.size, 0)
  })

  it('that Telegram refuses for another reason goes file by file', async () => {
    const body = { ok: false, error_code: 400, description: 'Bad Request: MEDIA_GROUPED_INVALID' }
    fake.fail('sendMediaGroup', { status: 400, body })
    await send({ files: [file('/1.jpg'), file('/2.jpg')] })
    assert.deepEqual(methods(), ['sendMediaGroup', 'sendPhoto', 'sendPhoto'])
  })

  it('that meets a refusal of the chat or a limit ends there', async () => {
    for (const status of [403, 429]) {
      fake.fail('sendMediaGroup', { status })
      const [code] = await faultOf(send({ files: [file('/1.jpg'), file('/2.jpg')] }))
      assert.equal(code, String(status))
    }
    assert.deepEqual(methods(), ['sendMediaGroup', 'sendMediaGroup'])
  })
})

describe('a file of a person’s', () => {
  it('over 20 MB can not be had, which is said in plain words', async () => {
    const big = { path: 'x', bytes: Buffer.alloc(1), size: 21 * MEGABYTE }
    fake.addFile(BOT_ID, 'BIG', big)
    const located = Promise.resolve(connector.locateFile?.('BIG', line, sendContext()))
    assert.deepEqual(await faultOf(located), [
      'HUB_FILE_TOO_LARGE',
      'reject',
      'Telegram gives bots no files over 20 MB',
    ])
  })
})
