import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quotasOf } from '../../../connectors/webchat/session.ts'
import { parseSettings } from '../../../connectors/webchat/settings.ts'
import { makeToken, makeVisitor } from '../../../connectors/webchat/token.ts'
import { RateLimit } from '../../../src/core/rate-limit.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

const LINE = {
  ...{ id: 1, connector: 'webchat', webhookSecret: 'a-secret-of-the-line' },
  webhookUrl: 'https://hub.example/webhook?hash=0',
  settings: parseSettings({ title: 'Shop', origins: 'https://shop.example' }),
}

function open() {
  const clock = createManualClock()
  const rates = new RateLimit(0, clock)
  /** Seconds to wait, as the webhook counts them. */
  const post = (token: string, address: string | undefined, type = 'message.new'): number => {
    const body = { type, id: '1' }
    const request = {
      ...({ method: 'POST', query: new URLSearchParams(), body: Buffer.from('') } as const),
      headers: { authorization: `Bearer ${token}` },
      ...(address === undefined ? {} : { address }),
      json: () => body,
    }
    const waits = quotasOf(request, LINE, clock.now()).map(({ key, perSecond, burst }) =>
      rates.take(key, perSecond, burst),
    )
    return Math.max(...waits)
  }
  const visit = (): string => makeToken(LINE, makeVisitor(LINE), clock.now())
  return { clock, post, visit }
}

describe('how much a web chat takes', () => {
  it('is ten messages of a visitor at once, then one a second', async () => {
    const { clock, post, visit } = open()
    const token = visit()
    const waits = Array.from({ length: 12 }, (_, index) => post(token, `203.0.113.${index}`))
    assert.deepEqual(waits, [...Array(10).fill(0), 1, 1])
    await clock.advance(1000)
    assert.deepEqual([post(token, '203.0.113.1'), post(token, '203.0.113.1')], [0, 1])
  })

  it('is 250 messages of an address at once, whoever writes them, then 25 a second', async () => {
    const { clock, post, visit } = open()
    const waits = Array.from({ length: 260 }, () => post(visit(), '203.0.113.9'))
    assert.equal(waits.filter((wait) => wait === 0).length, 250)
    assert.deepEqual(waits.slice(250), Array(10).fill(1))
    assert.equal(post(visit(), '203.0.113.10'), 0, 'another address')
    assert.equal(post(visit(), undefined), 0, 'no address')
    await clock.advance(1000)
    const later = Array.from({ length: 30 }, () => post(visit(), '203.0.113.9'))
    assert.equal(later.filter((wait) => wait === 0).length, 25)
  })

  it('leaves room for the signs of a page, which are no messages', () => {
    const { post, visit } = open()
    const token = visit()
    const signs = Array.from({ length: 41 }, () => post(token, '203.0.113.9', 'chat.typing'))
    assert.equal(signs.filter((wait) => wait === 0).length, 40)
    assert.equal(post(token, '203.0.113.9'), 0)
  })
})
