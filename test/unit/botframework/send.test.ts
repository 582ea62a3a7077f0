import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeliveryError, type DeliveryFault, TransportError } from '../../../src/core/errors.ts'
import { given } from '../../../src/core/given.ts'
import { isRecord } from '../../../src/core/json.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { type ConnectorCall, FakeBotFramework } from '../../fakes/botframework.ts'
import { APP_ID, type Bench, openBench, SECRET } from './kit.ts'

const HELLO = { text: plainText('hello') }
const CHAT_PATH = '/emea/v3/conversations/a%3A1xyz%3Bmessageid%3D5/activities'

function send(bench: Bench, more: object = {}) {
  return bench.connector.send('c', { ...HELLO, ...more }, bench.line, bench.call())
}

function bodyOf(call: ConnectorCall | undefined): Readonly<Record<string, unknown>> {
  assert.ok(isRecord(call?.body))
  return call.body
}

async function thrown(work: Promise<unknown> | undefined): Promise<unknown> {
  return work?.then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  )
}

async function faultOf(work: Promise<unknown> | undefined): Promise<DeliveryFault> {
  const error = await thrown(work)
  assert.ok(error instanceof DeliveryError, String(error))
  return error.fault
}

describe('a message', () => {
  it('is posted to its conversation with the parties swapped', async () => {
    await using bench = await openBench()
    const receipt = await send(bench)
    assert.deepEqual(receipt, { messageIds: ['act-1'] })
    assert.deepEqual(bench.fake.calls, [
      {
        method: 'POST',
        path: CHAT_PATH,
        authorization: 'Bearer token-1',
        body: {
          type: 'message',
          text: 'hello',
          textFormat: 'plain',
          channelId: 'msteams',
          from: { id: `28:${APP_ID}`, name: 'Desk' },
          recipient: { id: '29:1abc', name: 'Anna' },
          conversation: { id: 'a:1xyz;messageid=5' },
        },
      },
    ])
  })

  it('that answers another names it in the path', async () => {
    await using bench = await openBench()
    await send(bench, { replyTo: { id: '15/17' } })
    assert.equal(bench.fake.calls[0]?.path, `${CHAT_PATH}/15%2F17`)
  })

  it('goes without the one that it answers if that is gone', async () => {
    await using bench = await openBench()
    const body = { error: { code: 'ActivityNotFoundInConversation', message: 'words' } }
    bench.fake.fail('connector', { status: 404, body })
    assert.deepEqual(await send(bench, { replyTo: { id: '15' } }), { messageIds: ['act-2'] })
    assert.deepEqual(
      bench.fake.calls.map(({ path }) => path),
      [`${CHAT_PATH}/15`, CHAT_PATH],
    )
    assert.ok(!('replyToId' in bodyOf(bench.fake.calls[1])))
  })

  it('for which the channel tells no id is not told as sent, and not repeated', async () => {
    await using bench = await openBench()
    bench.fake.isIdless = true
    assert.deepEqual(await faultOf(send(bench)), {
      disposition: 'reject',
      outcome: 'unknown',
      channelCode: 'HUB_NO_RECEIPT',
    })
  })

  it('into an unknown chat is rejected', async () => {
    await using bench = await openBench()
    const { conversation: _, ...call } = bench.call()
    const work = bench.connector.send('c', HELLO, bench.line, call)
    assert.deepEqual(await faultOf(work), {
      disposition: 'reject',
      outcome: 'not-sent',
      channelCode: 'HUB_UNSUPPORTED',
    })
  })

  it('sends text and files as separate activities', async () => {
    await using bench = await openBench('botframework.directline')
    const files = [{ url: 'https://hub.example/f.png', name: 'f.png' }]
    assert.deepEqual(await send(bench, { files }), { messageIds: ['act-1', 'act-2'] })
    const [, file] = bench.fake.calls.map((call) => call.body as Record<string, unknown>)
    assert.deepEqual(file?.['attachments'], [
      { contentType: 'image/png', contentUrl: 'https://hub.example/f.png', name: 'f.png' },
    ])
    assert.equal(file?.['text'], undefined)
  })

  it('that fails after its first part goes on behind it the next time', async () => {
    await using bench = await openBench('botframework.directline')
    const files = [{ url: 'https://hub.example/f.png' }]
    bench.fake.fail('connector', {
      status: 400,
      body: { error: { code: 'BadArgument' } },
      after: 1,
    })
    const done: (readonly string[])[] = []
    const partSent = async (ids: readonly string[]): Promise<void> => void done.push(ids)
    const { connector, line } = bench
    const message = { ...HELLO, files }
    const work = connector.send('c', message, line, { ...bench.call(), partSent })
    assert.deepEqual(await faultOf(work), {
      disposition: 'reject',
      outcome: 'not-sent',
      channelCode: 'BadArgument',
    })
    assert.equal(done.length, 1)
    await connector.send('c', message, line, { ...bench.call(), done })
    assert.equal(bench.fake.calls.length, 3, 'the first part was not sent again')
  })
})

describe('the outbound token is never sent', () => {
  it('to a host outside the allow-list', async () => {
    await using bench = await openBench()
    await using other = await FakeBotFramework.start()
    const conversation = { ...bench.call().conversation, serviceUrl: other.serviceUrl }
    const call = bench.call(conversation)
    const { connector, line } = bench
    const works = [
      connector.send('c', HELLO, line, call),
      connector.update?.('c', '1', HELLO, line, call),
      connector.remove?.('c', '1', line, call),
      connector.typing?.('c', line, call),
      connector.locateFile?.(`${other.serviceUrl}v3/attachments/1/views/original`, line, call),
    ]
    for (const work of works) {
      const fault = await faultOf(work)
      assert.equal(fault.disposition, 'reject')
      assert.equal(fault.channelCode, 'HUB_UNTRUSTED_HOST')
    }
    assert.deepEqual(other.calls, [])
    assert.deepEqual(other.counts.attachment, 0)
    assert.deepEqual(bench.requests, [])
  })

  it('in plain http, or elsewhere below trafficmanager.net, in the public cloud', async () => {
    await using bench = await openBench()
    const line = {
      ...bench.line,
      settings: {
        ...bench.line.settings,
        isCustomCloud: false,
        serviceHosts: ['smba.trafficmanager.net', '*.botframework.com'],
      },
    }
    const addresses = [
      'http://smba.trafficmanager.net/emea/',
      'https://smba.trafficmanager.net:8443/emea/',
      'https://evil.trafficmanager.net/',
      'https://evilbotframework.com/',
      'https://slack.botframework.com.evil.example/',
      'https://slack.botframework.com@evil.example/',
      'https://u:p@slack.botframework.com/',
      'no address',
    ]
    for (const serviceUrl of addresses) {
      const call = bench.call({ ...bench.call().conversation, serviceUrl })
      const fault = await faultOf(bench.connector.send('c', HELLO, line, call))
      assert.equal(fault.channelCode, 'HUB_UNTRUSTED_HOST', serviceUrl)
    }
    assert.deepEqual(bench.requests, [])
  })
})

describe('an error of the service', () => {
  type Row = [
    status: number,
    code: string | undefined,
    disposition: string,
    outcome: string,
    isNoAccount?: true,
  ]
  const rows: readonly Row[] = [
    [400, 'BadArgument', 'reject', 'not-sent'],
    [400, 'BadSyntax', 'reject', 'not-sent'],
    [403, 'BotDisabledByAdmin', 'pause', 'not-sent'],
    [403, 'NotEnoughPermissions', 'pause', 'not-sent'],
    [403, 'ConversationBlockedByUser', 'reject', 'not-sent', true],
    [403, 'MessageWritesBlocked', 'reject', 'not-sent', true],
    [400, 'TooManyRequests', 'retry', 'not-sent'],
    [200, 'BadArgument', 'reject', 'not-sent'],
    [200, 'ServiceError', 'retry', 'unknown'],
    [403, 'BotNotInConversationRoster', 'reject', 'not-sent', true],
    [400, 'MemberNotFoundInConversation', 'reject', 'not-sent', true],
    [403, 'InvalidBotApiHost', 'reject', 'not-sent'],
    [404, 'ConversationNotFound', 'reject', 'not-sent', true],
    [404, 'ActivityNotFoundInConversation', 'reject', 'not-sent'],
    [412, 'PreconditionFailed', 'retry', 'not-sent'],
    [413, 'MessageSizeTooBig', 'reject', 'not-sent'],
    [418, undefined, 'reject', 'not-sent'],
    [429, 'Throttled', 'retry', 'not-sent'],
    [500, 'ServiceError', 'retry', 'unknown'],
    [502, undefined, 'retry', 'unknown'],
    [503, undefined, 'retry', 'not-sent'],
    [504, undefined, 'retry', 'unknown'],
    [302, undefined, 'reject', 'not-sent'],
  ]
  for (const [status, code, disposition, outcome, isNoAccount] of rows) {
    it(`${status} ${code ?? ''} is ${disposition}, ${outcome}`, async () => {
      await using bench = await openBench()
      const body = code ? { error: { code, message: 'words' } } : '<html>bad gateway</html>'
      bench.fake.fail('connector', { status, body })
      assert.deepEqual(await faultOf(send(bench)), {
        disposition,
        outcome,
        channelCode: code ?? `${status}`,
        ...given({ isNoAccount }),
        ...(status === 429 || code === 'TooManyRequests' ? { isRateLimit: true } : {}),
        // Microsoft asks not to repeat a ServiceError blindly.
        ...(code === 'ServiceError' ? { maxAttempts: 2 } : {}),
      })
      assert.equal(bench.fake.calls.length, 1)
    })
  }

  it('a messenger says in its own words that nobody is there', async () => {
    for (const [status, message] of [
      [502, 'Forbidden: bot was blocked by the user'],
      [403, 'Forbidden: user is deactivated'],
      [400, "(#551) This person isn't available right now."],
      [400, 'channel_not_found'],
    ] as const) {
      await using bench = await openBench()
      bench.fake.fail('connector', { status, body: { error: { code: 'ServiceError', message } } })
      const { disposition, isNoAccount } = await faultOf(send(bench))
      assert.deepEqual([disposition, isNoAccount], ['reject', true], message)
    }
  })

  it('an error whose code is a number is no success', async () => {
    await using bench = await openBench()
    const body = { id: 'act-1', error: { code: 403, message: 'words' } }
    bench.fake.fail('connector', { status: 200, body })
    assert.equal((await faultOf(send(bench))).channelCode, '403')
  })

  it('405 says that the channel cannot do it', async () => {
    await using bench = await openBench()
    bench.fake.fail('connector', { status: 405, body: { error: { code: 'BadArgument' } } })
    const work = bench.connector.update?.('c', '1', HELLO, bench.line, bench.call())
    assert.deepEqual(await faultOf(work), {
      disposition: 'reject',
      outcome: 'not-sent',
      channelCode: 'HUB_UNSUPPORTED',
    })
  })

  it('429 waits as long as Retry-After says, in seconds or as a date', async () => {
    await using bench = await openBench()
    const at = new Date(bench.clock.now() + 30_000).toUTCString()
    for (const [value, expected] of [
      ['5', 5000],
      [at, 30_000],
      ['soon', undefined],
    ] as const) {
      bench.fake.fail('connector', { status: 429, body: {}, headers: { 'retry-after': value } })
      assert.equal((await faultOf(send(bench))).retryAfterMs, expected)
    }
  })

  it('never shows the token or the secret, whatever is echoed', async () => {
    await using bench = await openBench()
    const words = `bad header Bearer token-1, ${SECRET}`
    bench.fake.fail('connector', { status: 400, body: { error: { code: 'X', message: words } } })
    const error = await thrown(send(bench))
    assert.ok(error instanceof DeliveryError)
    const shown = `${error.message} ${JSON.stringify(error.fault)} ${bench.logged.join()}`
    assert.ok(!shown.includes('token-1') && !shown.includes(SECRET), shown)
  })

  it('a connection cut after the request leaves the outcome unknown', async () => {
    await using bench = await openBench()
    bench.fake.fail('connector', { reset: true })
    const error = await thrown(send(bench))
    assert.ok(error instanceof TransportError)
    assert.equal(error.outcome, 'unknown')
  })
})

describe('an edit, a deletion, typing', () => {
  it('PUTs the whole activity', async () => {
    await using bench = await openBench('botframework.msteams')
    await bench.connector.update?.('c', '15:17', HELLO, bench.line, bench.call())
    const [call] = bench.fake.calls
    assert.equal(call?.method, 'PUT')
    assert.equal(call?.path, `${CHAT_PATH}/15%3A17`)
    assert.equal(bodyOf(call)['text'], 'hello')
  })

  it('DELETEs, and takes a 404 as done', async () => {
    await using bench = await openBench('botframework.msteams')
    await bench.connector.remove?.('c', '1', bench.line, bench.call())
    bench.fake.fail('connector', { status: 404, body: {} })
    await bench.connector.remove?.('c', '1', bench.line, bench.call())
    assert.deepEqual(
      bench.fake.calls.map((call) => call.method),
      ['DELETE', 'DELETE'],
    )
  })

  it('does not climb out of the conversation', async () => {
    await using bench = await openBench('botframework.msteams')
    const fault = await faultOf(bench.connector.remove?.('c', '..', bench.line, bench.call()))
    assert.equal(fault.disposition, 'reject')
    assert.deepEqual(bench.fake.calls, [])
  })

  it('refuses an edit that does not fit one activity', async () => {
    await using bench = await openBench('botframework.msteams')
    const long = { text: plainText('word '.repeat(3000)) }
    const work = bench.connector.update?.('c', '1', long, bench.line, bench.call())
    assert.equal((await faultOf(work)).channelCode, 'HUB_UNSUPPORTED')
    assert.deepEqual(bench.fake.calls, [])
  })

  it('posts a typing activity', async () => {
    await using bench = await openBench('botframework.msteams')
    await bench.connector.typing?.('c', bench.line, bench.call())
    assert.equal(bodyOf(bench.fake.calls[0])['type'], 'typing')
  })

  it('are absent where the channel has none', async () => {
    await using bench = await openBench('botframework.sms')
    assert.equal(bench.connector.update, undefined)
    assert.equal(bench.connector.remove, undefined)
    assert.equal(bench.connector.typing, undefined)
  })
})

describe('a file behind a token', () => {
  it('is found with the header that opens it', async () => {
    await using bench = await openBench()
    const ref = bench.fake.addFile('1', 'image/png', Buffer.from('png'))
    const file = await bench.connector.locateFile?.(ref, bench.line, bench.call())
    assert.equal((await fetch(ref)).status, 401)
    const opened = await fetch(file?.url ?? '', { headers: { ...file?.headers } })
    assert.equal(await opened.text(), 'png')
  })
})
