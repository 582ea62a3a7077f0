import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAnswer, type Verdict } from '../../../../src/portal/dialects/bitrix/answer.ts'
import type { Era } from '../../../../src/portal/dialects/bitrix/era.ts'
import { failure, toFailure } from '../../../../src/portal/dialects/bitrix/refusal.ts'
import { readAsModule } from '../../../fakes/bitrix/answer-reader.ts'
import { isAwaited } from '../../../fakes/bitrix/caller.ts'
import { type BitrixVector, readBitrixVectors } from '../../../helpers/bitrix-vectors.ts'

const NOW = 1_800_000_000_000
const vectors = readBitrixVectors()

function read(body: string, status = 200, retryAfter?: string): Verdict {
  return readAnswer({ status, body, retryAfter }, NOW)
}

function eraOf({ version }: BitrixVector): Era {
  return version.startsWith('2019') ? '2019' : '2026'
}

describe('answers that the real module has given', () => {
  for (const vector of vectors) {
    const { direction, answerExpected } = vector
    if (direction !== 'hub->portal' || typeof answerExpected !== 'string') continue
    it(`${vector.id}: ${vector.name}`, () => {
      const { OK, ERROR = [] } = JSON.parse(answerExpected) as {
        OK: boolean
        ERROR?: { CODE: string }[]
      }
      const verdict = read(answerExpected)
      const [error] = ERROR
      if (OK || !error) assert.deepEqual(verdict, { kind: 'taken' })
      else if (error.CODE.endsWith('CORRECT_COMMAND')) {
        assert.deepEqual(verdict, { kind: 'unknown-command' })
      } else assert.equal(verdict.kind === 'failed' && verdict.code, error.CODE)
    })
  }
})

describe('answers of ours, as the real module has read them', () => {
  for (const vector of vectors) {
    const { direction, answer, portalResult, command = '' } = vector
    if (direction !== 'portal->hub answer' || typeof answer !== 'object') continue
    it(`${vector.id}: ${JSON.stringify(answer).slice(0, 80)}`, () => {
      const { body, status = '200 OK', headers } = answer
      const shown = {
        body,
        status: Number.parseInt(status, 10),
        ...(headers ? { headers } : {}),
        isAwaited: isAwaited(command),
      }
      const reading = readAsModule(shown, eraOf(vector))
      if (typeof portalResult === 'string') return assert.equal(reading, 'fatal')
      assert.ok(reading !== 'fatal')
      assert.equal(reading.isSuccess, portalResult?.success)
      const codes = (portalResult?.errors ?? []).map((error) => {
        const { code } = error as { code: string | number | null }
        return code === null ? null : String(code)
      })
      if (!reading.isSuccess) assert.deepEqual(reading.codes, codes)
    })
  }
})

describe('refusals of ours', () => {
  for (const era of ['2019', '2026'] as const) {
    it(`are failures with their code to the module of ${era}`, () => {
      const { status, body, headers } = failure('COMMAND_NOT_SUPPORTED', 'no <b>such</b> command')
      const awaited = readAsModule({ status, body, headers, isAwaited: true }, era)
      assert.deepEqual(awaited, { isSuccess: false, codes: ['COMMAND_NOT_SUPPORTED'] })
      const left = readAsModule({ status, body, headers, isAwaited: false }, era)
      assert.equal(left !== 'fatal' && left.isSuccess, era === '2019')
      assert.doesNotMatch(body, /</)
    })
  }

  it('give the portal its own code where the signature is wrong', () => {
    const { status, body, headers } = toFailure({
      status: 401,
      code: 'HUB_BAD_SIGNATURE',
      message: 'no',
    })
    assert.equal(status, 200)
    assert.deepEqual(JSON.parse(body), {
      OK: false,
      ERROR: [{ CODE: 'LICENCE_ERROR', MESSAGE: 'no' }],
    })
    assert.equal(headers['x-bitrix-error'], 'LICENCE_ERROR')
  })
})

describe('what an answer of the portal means', () => {
  it('counts the body alone, whatever the status', () => {
    assert.deepEqual(read('{"OK":true,"DATA":[]}', 500), { kind: 'taken' })
    assert.deepEqual(read('{"OK":true}', 403), { kind: 'taken' })
    assert.deepEqual(read('\ufeff {"OK":true}'), { kind: 'taken' })
  })

  const broken = {
    html: '<html><body>Authorize</body></html>',
    nothing: '',
    null: 'null',
    text: '"OK"',
    list: '[]',
    'a word for OK': '{"OK":"true"}',
    'no OK': '{}',
    'no reason': '{"OK":false}',
    'a reason in text': '{"OK":false,"ERROR":"x"}',
    'words before it': 'Warning: x {"OK":true}',
    'half of it': '{"OK":tr',
  }
  for (const [name, body] of Object.entries(broken)) {
    it(`takes ${name} for no success, with any status`, () => {
      for (const status of [200, 301, 404, 500]) assert.equal(read(body, status).kind, 'failed')
    })
  }

  it('follows no redirect, whatever stands in it', () => {
    const verdict = read('{"OK":true}', 301)
    assert.match(verdict.kind === 'failed' ? verdict.error : '', /redirects are not followed/)
  })

  it('waits for hours where only a person can help', () => {
    for (const code of [
      'NOT_ACTIVE_LINE',
      'IMCONNECTOR_NO_CORRECT_PROVIDER',
      'IMCONNECTOR_NOT_SPECIFIED_CORRECT_CONNECTOR',
    ]) {
      const verdict = read(JSON.stringify({ OK: false, DATA: [], ERROR: [{ CODE: code }] }))
      assert.ok(verdict.kind === 'failed' && verdict.retryAfterMs === 3_600_000, code)
      assert.ok(verdict.error.startsWith(`${code}: `))
    }
    const object = read('{"OK":false,"ERROR":{"CODE":"MODULE_NOT_INSTALLED","MESSAGE":"x"}}')
    assert.ok(object.kind === 'failed' && object.retryAfterMs === 3_600_000)
  })

  it('names a 4xx in words alone, for it never is about one event', () => {
    const verdict = read('<html>', 403)
    assert.ok(verdict.kind === 'failed' && verdict.status === undefined)
    assert.match(verdict.error, /^HTTP 403: /)
  })

  it('keeps to Retry-After of a server that is busy', () => {
    const verdict = read('busy', 503, '120')
    assert.ok(verdict.kind === 'failed' && verdict.retryAfterMs === 120_000)
  })

  it('looks for a known code among several', () => {
    const errors = [{ CODE: 'SOMETHING' }, { CODE: 'NOT_ACTIVE_LINE' }]
    const verdict = read(JSON.stringify({ OK: false, ERROR: errors }))
    assert.equal(verdict.kind === 'failed' && verdict.code, 'NOT_ACTIVE_LINE')
  })
})
