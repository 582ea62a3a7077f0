import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Portal } from '../../../src/core/portal.ts'
import { signForm, verifyForm } from '../../../src/portal/dialects/bitrix-rest/form-token.ts'
import { Pace } from '../../../src/portal/dialects/bitrix-rest/pace.ts'
import { readRest } from '../../../src/portal/dialects/bitrix-rest/rest-answer.ts'
import { readResults, toRuns } from '../../../src/portal/dialects/bitrix-rest/runs.ts'
import { oauthOrigin } from '../../../src/portal/dialects/bitrix-rest/tokens.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

const NOW = 1_795_000_000_000
const read = (status: number, body: unknown, retryAfter?: string) =>
  readRest(
    { status, retryAfter, body: typeof body === 'string' ? body : JSON.stringify(body) },
    NOW,
  )

describe("a portal's answer", () => {
  it('is a success only with a result', () => {
    assert.deepEqual(read(200, { result: true }), { kind: 'done', result: true, status: 200 })
    for (const body of ['', 'null', '[]', '"x"', '<html>', { result: null }, {}, '{"result":']) {
      assert.equal(read(200, body).kind, 'failed', JSON.stringify(body))
    }
    assert.equal(read(302, { result: true }).kind, 'failed')
    assert.equal(read(200, { result: { result: false, error: 'NAME_REQUIRED' } }).kind, 'failed')
    assert.equal(read(200, { error: 'ERROR', result: true }).kind, 'failed')
  })

  it('says how long to wait, and no event is blamed for the state of a line', () => {
    const failed = (status: number, body: object, retryAfter?: string) => {
      const outcome = read(status, body, retryAfter)
      assert.ok(outcome.kind === 'failed')
      return outcome
    }
    const inactive = failed(400, { error: 'NOT_ACTIVE_LINE' })
    assert.deepEqual([inactive.status, inactive.retryAfterMs], [undefined, 3600_000])
    assert.match(inactive.error, /Contact Center/)
    assert.equal(failed(503, { error: 'QUERY_LIMIT_EXCEEDED' }).retryAfterMs, 2000)
    const time = { operating_reset_at: NOW / 1000 + 90 }
    assert.equal(failed(429, { error: 'OPERATION_TIME_LIMIT', time }).retryAfterMs, 90_000)
    const late = { operating_reset_at: 9e12 }
    assert.equal(failed(429, { error: 'OPERATION_TIME_LIMIT', time: late }).retryAfterMs, 600_000)
    assert.equal(failed(503, {}, '7').retryAfterMs, 7000)
    assert.equal(failed(400, { error: 'ERROR_ARGUMENT' }).status, 400)
  })

  it('names what became of each item; nothing behind one that it does not name counts', () => {
    const run = {
      method: 'imconnector.send.messages',
      seqs: [1, 2, 3],
      items: [{}, {}, {}],
    } as const
    const results = (RESULT: unknown) => readResults({ SUCCESS: true, DATA: { RESULT } }, run)
    const ok = { SUCCESS: true }
    const bad = { SUCCESS: false, ERRORS: [{ code: 'E1', message: 'no' }, 'E2'] }
    assert.deepEqual(results([ok, bad, ok]), {
      accepted: [1, 3],
      rejected: [{ seq: 2, reason: 'E1: no; E2' }],
      unsaid: [],
    })
    assert.deepEqual(results({ 0: ok, 1: ok, 2: bad })?.accepted, [1, 2])
    assert.deepEqual(results({ 0: ok, 2: ok }), { accepted: [1], rejected: [], unsaid: [2, 3] })
    assert.deepEqual(results([])?.unsaid, [1, 2, 3])
    assert.deepEqual(readResults({ SUCCESS: true, DATA: [] }, run)?.accepted, [1, 2, 3])
    for (const wrong of [{}, { SUCCESS: false }, 'x', 1, [], { DATA: { RESULT: [ok, ok, ok] } }]) {
      assert.equal(readResults(wrong, run), undefined, JSON.stringify(wrong))
    }
  })

  it('is asked for with whole runs of one kind, fifty at most', () => {
    const send = (seq: number) =>
      ({ seq, method: 'imconnector.send.messages', item: { seq } }) as const
    const many = Array.from({ length: 60 }, (_, index) => send(index + 1))
    const runs = toRuns([...many, { seq: 61 }, send(62)])
    assert.deepEqual(
      runs.map(({ seqs }) => seqs.length),
      [50, 10, 1, 1],
    )
    const message = { files: [{}, {}, {}, {}] }
    const withFiles = [1, 2, 3].map((seq) => ({ ...send(seq), item: { message } }))
    assert.deepEqual(
      toRuns([...withFiles, send(4)]).map(({ seqs, hasFiles }) => [seqs, hasFiles]),
      [
        [[1, 2], true],
        [[3, 4], true],
      ],
    )
  })
})

describe("the application's secret", () => {
  it('goes to a server of Bitrix24, or to the portal itself, whatever a caller says', () => {
    const portal = { url: 'https://portal.example/' }
    const usual = 'https://oauth.bitrix.info'
    assert.equal(
      oauthOrigin('https://oauth.bitrix24.tech/rest/', portal),
      'https://oauth.bitrix24.tech',
    )
    assert.equal(oauthOrigin('https://portal.example/rest/', portal), 'https://portal.example')
    for (const server of [
      'https://evil.example/rest/',
      'https://oauth.bitrix.info.evil.example/',
      'http://oauth.bitrix.info/rest/',
      'https://oauth.bitrix.info:8443/',
      'http://portal.example/rest/',
      'https://portal.example:8443/',
      'https://oauth.bitrix.info@evil.example/',
      'nonsense',
      '',
    ]) {
      assert.equal(oauthOrigin(server, portal), usual, server)
    }
  })
})

describe('a form of the settings page', () => {
  const portal = { id: 'prt_1', settings: { clientSecret: 's3cret' } } as unknown as Portal
  const grant = signForm(portal, { connector: 'telegram', line: '7' }, NOW)

  it('is believed for a quarter of an hour, for its own portal and line', () => {
    assert.equal(verifyForm(grant, portal, NOW)?.line, '7')
    assert.equal(verifyForm(grant, portal, NOW)?.isLate, false)
    assert.equal(verifyForm(grant, portal, NOW + 15 * 60_000)?.isLate, true)
    assert.equal(verifyForm(grant, { ...portal, id: 'prt_2' }, NOW), undefined)
    assert.equal(verifyForm(grant, { ...portal, settings: { clientSecret: 'x' } }, NOW), undefined)
    const [text = '', signature = ''] = grant.split('.')
    const other = Buffer.from(text, 'base64url').toString().replace('"7"', '"8"')
    const forged = `${Buffer.from(other).toString('base64url')}.${signature}`
    assert.equal(verifyForm(forged, portal, NOW), undefined)
    for (const wrong of ['', '.', 'x.y', `${text}.`, text]) {
      assert.equal(verifyForm(wrong, portal, NOW), undefined)
    }
  })
})

describe('the pace of requests', () => {
  it('is two in any second, portal by portal, and sends away whoever would wait too long', async () => {
    const clock = createManualClock()
    const pace = new Pace(clock)
    const never = new AbortController().signal
    const began: number[] = []
    const start = clock.now()
    const turns = Array.from({ length: 6 }, async () => {
      await pace.turn('prt_1', never)
      began.push(clock.now() - start)
    })
    assert.equal(await pace.turn('prt_2', never), 0)
    await clock.advance(5000)
    await Promise.all(turns)
    assert.deepEqual(began, [0, 0, 1000, 1000, 2000, 2000])
    pace.hold('prt_1', 20_000)
    const held = Array.from({ length: 40 }, () => pace.turn('prt_1', never))
    await clock.advance(60_000)
    const waits = await Promise.all(held)
    assert.ok(waits.filter((wait) => wait > 30_000).length > 10)
  })
})
