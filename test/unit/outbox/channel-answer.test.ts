import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActiveLine } from '../../../src/lines/directory.ts'
import { writeAnswer } from '../../../src/outbox/channel-answer.ts'

const active = {
  secrets: ['PLANTED-token'],
  portal: { secrets: ['whsec_PLANTED'] },
} as unknown as ActiveLine

function readBack(body: string | undefined, secrets: readonly string[] = []): unknown {
  const heard = body === undefined ? {} : { body, secrets }
  return (JSON.parse(writeAnswer(heard, active)) as Record<string, unknown>)['channel_response']
}

describe('what a channel has answered', () => {
  it('is its object, else its text, else null', () => {
    assert.deepEqual(readBack('{"ok":true}'), { ok: true })
    assert.equal(readBack('[1]'), '[1]')
    assert.equal(readBack('<html>'), '<html>')
    assert.equal(readBack(' '), null)
    assert.equal(readBack(undefined), null)
  })

  it('holds no secret', () => {
    const body = '{"a":"PLANTED-token","b":"whsec_PLANTED","c":"handed-out"}'
    assert.deepEqual(readBack(body, ['handed-out']), {
      a: '[secret]',
      b: '[secret]',
      c: '[secret]',
    })
  })

  it('is cut, and deep ones are text', () => {
    assert.equal(String(readBack(`{"a":"${'x'.repeat(40_000)}"}`)).length, 16 * 1024)
    const deep = `{"a":${'['.repeat(60)}${']'.repeat(60)}}`
    assert.equal(readBack(deep), deep)
    assert.equal(readBack('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}')
  })
})
