import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  findAtChannel,
  findingWords,
  isOfSameHub,
  webhookFindings,
} from '../../../connectors/kit/health.ts'
import { PAUSE, REJECT, RETRY } from '../../../connectors/kit/http-answer.ts'
import { DeliveryError, TransportError } from '../../../src/core/errors.ts'

const OURS = 'https://hub.example/webhook?hash=0123456789abcdef'
const LINE = { webhookUrl: OURS, webhookSecret: 'the-secret-of-the-webhook' }
const signal = new AbortController().signal

describe("the channel's webhook", () => {
  const SAME = [
    OURS,
    'HTTPS://HUB.Example/webhook?hash=0123456789abcdef',
    'https://hub.example:443/webhook/?hash=0123456789abcdef',
    'hub.example/webhook?hash=0123456789abcdef',
    'https://hub.example/webhook?hash=0123456789abcdef#part',
  ]
  for (const address of SAME) {
    it(`is the line's as ${address}`, () => assert.deepEqual(webhookFindings(address, OURS), []))
  }

  it('is the same in punycode', () => {
    const [words, puny] = ['https://хаб.example/w?hash=1', 'https://xn--80a1a5a.example/w?hash=1']
    assert.deepEqual(webhookFindings(new URL(words).href, words), [])
    assert.deepEqual(webhookFindings(puny, new URL(words).href).length, 1)
  })

  const OTHERS: readonly (readonly [address: string, host: string])[] = [
    ['https://hub.example/webhook?hash=another', 'hub.example'],
    ['http://hub.example/webhook?hash=0123456789abcdef', 'hub.example'],
    ['https://hub.example:8443/webhook?hash=0123456789abcdef', 'hub.example:8443'],
    ['https://user:password@rival.example/secret?token=secret#secret', 'rival.example'],
    ['rival.example/bot', 'rival.example'],
  ]
  for (const [address, host] of OTHERS) {
    it(`is another's as ${address}`, () => {
      assert.deepEqual(webhookFindings(address, OURS), [{ code: 'webhook_overwritten', host }])
    })
  }

  it('is missing if it is empty, and nothing is known of what is no address', () => {
    assert.deepEqual(webhookFindings('', OURS), [{ code: 'webhook_missing' }])
    for (const odd of [undefined, null, 7, {}, [], 'no address', 'none', 'https://', 'https:///']) {
      assert.deepEqual(webhookFindings(odd, OURS), [])
    }
  })

  it("may be another line's of the hub where they share one", () => {
    const sibling = 'https://hub.example/webhook?hash=another'
    assert.deepEqual(webhookFindings(sibling, OURS, { isShared: true }), [])
    assert.ok(isOfSameHub(sibling, OURS))
    const rival = webhookFindings('https://rival.example/webhook?hash=0123456789abcdef', OURS, {
      isShared: true,
    })
    assert.deepEqual(rival, [{ code: 'webhook_overwritten', host: 'rival.example' }])
  })
})

describe('the words of a finding', () => {
  it('hold neither the address nor a secret', () => {
    const said = `${OURS} or hash=0123456789abcdef, ${LINE.webhookSecret}, the-token`
    assert.equal(findingWords(said, LINE, ['the-token', '']), '… or hash=…, …, …')
  })

  it('end within 300 characters, never in the middle of one', () => {
    const words = findingWords(`x${'🙂'.repeat(400)}`, LINE, [])
    assert.equal(words.length, 299)
    assert.ok(words.isWellFormed())
  })

  it('are none for what is no text', () => {
    for (const odd of [undefined, null, 7, {}]) assert.equal(findingWords(odd, LINE, []), '')
  })
})

describe('a refusal', () => {
  const find = (error: unknown, of = signal) =>
    findAtChannel({ signal: of }, () => Promise.reject(error))
  const pause = (field?: string) =>
    new DeliveryError('words', {
      ...PAUSE,
      channelCode: 'x',
      ...(field === undefined ? {} : { field }),
    })

  it('of the credentials is found, and one of the account is its limits', async () => {
    assert.deepEqual(await find(pause('token')), [{ code: 'token_refused', words: 'words' }])
    assert.deepEqual(await find(pause()), [{ code: 'channel_limits', words: 'words' }])
  })

  it('that is none is thrown on', async () => {
    const channelCode = 'x'
    for (const error of [
      new DeliveryError('x', { ...RETRY, channelCode }),
      new DeliveryError('x', { ...REJECT, channelCode }),
      new TransportError('ECONNRESET', 'unknown'),
      new TypeError('a bug'),
    ]) {
      await assert.rejects(find(error), error)
    }
  })

  it('of the address is a channel that can not be reached', async () => {
    await assert.rejects(find(pause('apiRoot')), (error: unknown) => {
      assert.ok(error instanceof DeliveryError)
      return error.fault.disposition === 'retry' && error.fault.channelCode === 'HUB_BAD_ANSWER'
    })
  })

  it('says nothing once the check was broken off', async () => {
    const error = pause('token')
    await assert.rejects(find(error, AbortSignal.abort()), error)
  })
})
