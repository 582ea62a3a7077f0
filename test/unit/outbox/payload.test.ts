import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainText } from '../../../src/core/rich-text.ts'
import { readWritten, toOutbound } from '../../../src/outbox/payload.ts'

const FORMAT = { text: 'bbcode', emoji: 'shortname' } as const

describe("a portal's text", () => {
  it('has newlines for line breaks, whatever system wrote it', () => {
    const shown = plainText('a\nb\n\nc\nd')
    assert.deepEqual(readWritten('a\r\nb\r\n\r\nc\rd', FORMAT), shown)
    assert.deepEqual(toOutbound({ text: 'a\r\nb\n\nc\nd' }, FORMAT).text, shown)
  })
})

describe('a template in the outbox', () => {
  it('reaches the connector as it is', () => {
    const template = {
      name: 'order',
      language: 'ru',
      parameters: [{ type: 'body' as const, value: '[b]7[/b]' }],
    }
    assert.deepEqual(toOutbound({ template }, FORMAT), { template })
  })
})
