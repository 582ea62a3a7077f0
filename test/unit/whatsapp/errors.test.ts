import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { plainText } from '../../../src/core/rich-text.ts'
import type { FakeWhatsApp } from '../../fakes/whatsapp.ts'
import { cloudError, HTML_503, layerError } from '../../fakes/whatsapp-errors.ts'
import { ANN } from '../../fakes/whatsapp-updates.ts'
import { SECRETS, startFakeWhatsApp } from '../../helpers/whatsapp-kit.ts'
import { faultOf, type OpenLine, openLine, type Provider, sendContext } from './helpers.ts'

let fake: FakeWhatsApp
const lines = new Map<Provider, OpenLine>()
before(async () => {
  fake = await startFakeWhatsApp()
  for (const provider of ['cloud', '360dialog'] as const) {
    lines.set(provider, openLine(provider, fake.url))
  }
})
after(async () => {
  for (const line of lines.values()) line.close()
  await fake[Symbol.asyncDispose]()
})

interface Answer {
  readonly status?: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

async function judge(
  { status = 400, ...answer }: Answer,
  provider: Provider = 'cloud',
  attempt = 1,
) {
  const open = lines.get(provider)
  assert.ok(open)
  fake.fail('messages', { status, ...answer })
  const message = { text: plainText('hello') }
  const call = sendContext({ attempt })
  return await faultOf(open.connector.send(ANN.wa_id, message, open.line, call))
}

type Row = [codes: number[], expected: object]
const ROWS: Row[] = [
  [[0, 190], { disposition: 'pause', field: 'accessToken' }],
  [[3, 10, 200, 299, 131_005], { disposition: 'pause' }],
  [[4, 80_007, 133_016, 131_057], { disposition: 'retry', scope: 'line', retryAfterMs: 60_000 }],
  [[130_429], { disposition: 'retry', isRateLimit: true, scope: 'line', retryAfterMs: 5000 }],
  [[131_056], { disposition: 'retry', isRateLimit: true, scope: 'chat', retryAfterMs: 6000 }],
  [[1, 2, 131_000], { disposition: 'retry', outcome: 'not-sent', maxAttempts: 10 }],
  [[131_016, 133_004], { disposition: 'retry', scope: 'line' }],
  [[131_048], { disposition: 'retry', scope: 'line', retryAfterMs: 3_600_000 }],
  [[131_049, 130_472, 131_051, 131_021], { disposition: 'reject', outcome: 'not-sent' }],
  [[131_026], { disposition: 'reject', isNoAccount: true, channelCode: '131026' }],
  [[131_047], { disposition: 'reject', channelCode: 'outside_window' }],
  [[100, 131_008, 131_009, 131_052, 131_053], { disposition: 'reject' }],
  [
    [132_000, 132_001, 132_005, 132_007, 132_012, 132_015, 132_016, 132_068, 132_069],
    { disposition: 'reject' },
  ],
  [[131_031, 368, 131_042, 131_045, 133_010], { disposition: 'pause' }],
  [[33], { disposition: 'pause', field: 'phoneNumberId' }],
  [[999_999], { disposition: 'reject' }],
]

describe("Meta's codes", () => {
  for (const [codes, expected] of ROWS) {
    it(`${codes.join(', ')}: ${JSON.stringify(expected)}`, async () => {
      for (const code of codes) {
        const fault = await judge({ body: cloudError(code) })
        assert.deepEqual({ ...fault, ...expected }, fault, String(code))
      }
    })
  }

  it('mean the same through 360dialog, but for the name of the credential', async () => {
    const refused = await judge({ status: 401, body: cloudError(190) }, '360dialog')
    assert.deepEqual([refused.disposition, refused.field], ['pause', 'apiKey'])
    const closed = await judge({ body: cloudError(131_047) }, '360dialog')
    assert.equal(closed.channelCode, 'outside_window')
  })

  it('of passing trouble leave the outcome unknown behind a 5xx', async () => {
    const fault = await judge({ status: 500, body: cloudError(131_000) })
    assert.deepEqual([fault.disposition, fault.outcome], ['retry', 'unknown'])
  })

  it('that nobody knows are passing if Meta says so', async () => {
    const body = { error: { message: 'x', code: 777, is_transient: true } }
    const fault = await judge({ status: 500, body })
    assert.deepEqual([fault.disposition, fault.outcome], ['retry', 'unknown'])
    assert.equal((await judge({ body })).outcome, 'not-sent')
  })

  it('of the rate to one person are waited for longer with each attempt', async () => {
    const waits = []
    for (const attempt of [1, 2, 3, 4, 9]) {
      const fault = await judge({ body: cloudError(131_056) }, 'cloud', attempt)
      waits.push(fault.retryAfterMs)
    }
    assert.deepEqual(waits, [6000, 24_000, 96_000, 384_000, 600_000])
  })

  it('of spam are told to whoever reads the log', async () => {
    await judge({ body: cloudError(131_048) })
    const { event } = lines.get('cloud')?.logged.at(-1) ?? {}
    assert.equal(event, 'whatsapp.spam-limited')
  })

  it('wait as long as Meta says', async () => {
    const usage = '{"1":[{"estimated_time_to_regain_access":7}]}'
    const headers = { 'x-business-use-case-usage': usage }
    const fault = await judge({ body: cloudError(80_007), headers })
    assert.equal(fault.retryAfterMs, 7 * 60_000)
  })
})

describe('the words of a refusal', () => {
  it("are Meta's details, without the secrets in them", async () => {
    const open = lines.get('cloud')
    assert.ok(open)
    const details = `template of ${SECRETS.token} is paused`
    fake.fail('messages', { status: 400, body: cloudError(132_015, { details }) })
    const message = { text: plainText('hello') }
    await assert.rejects(open.connector.send(ANN.wa_id, message, open.line, sendContext()), {
      message: 'Meta answered 132015: template of … is paused',
    })
  })
})

describe("360dialog's own layer", () => {
  const LAYER: [Answer, object][] = [
    [
      { body: layerError(400, 'Exceeded limit of 1 request every 15 seconds') },
      { disposition: 'retry', isRateLimit: true, retryAfterMs: 15_000 },
    ],
    [{ body: layerError(400, 'This channel is disabled: unpaid') }, { disposition: 'pause' }],
    [{ body: layerError(400, 'Invalid JSON') }, { disposition: 'reject' }],
    [
      { status: 401, body: layerError(401, 'Invalid key', true) },
      { disposition: 'pause', field: 'apiKey' },
    ],
    [{ status: 403, body: layerError(403, 'blocked') }, { disposition: 'pause' }],
    [
      { status: 500, body: layerError(500, 'oops') },
      { disposition: 'retry', outcome: 'unknown' },
    ],
    [
      { status: 555, body: layerError(555, 'oops', true) },
      { disposition: 'retry', outcome: 'unknown' },
    ],
    [
      { status: 502, body: HTML_503 },
      { disposition: 'retry', outcome: 'unknown' },
    ],
    [
      { status: 503, body: HTML_503 },
      { disposition: 'retry', scope: 'line' },
    ],
    // A success that nobody can read is a gateway's.
    [
      { status: 200, body: HTML_503 },
      { disposition: 'retry', outcome: 'unknown' },
    ],
  ]
  for (const [answer, expected] of LAYER) {
    const { status = 400, body } = answer
    it(`${status} ${JSON.stringify(body).slice(0, 60)}: ${JSON.stringify(expected)}`, async () => {
      const fault = await judge(answer, '360dialog')
      assert.deepEqual({ ...fault, ...expected }, fault)
    })
  }
})
