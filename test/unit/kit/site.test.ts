import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { originFault, readOrigins } from '../../../connectors/kit/site.ts'

describe('the sites of a setting', () => {
  it('are origins as browsers write them, however they were typed in', () => {
    const typed = ' https://SHOP.example/ ,https://магазин.рф, http://[::1]:8080,'
    assert.equal(originFault(typed), undefined)
    assert.deepEqual(readOrigins(typed), [
      'https://shop.example',
      'https://xn--80aairftm.xn--p1ai',
      'http://[::1]:8080',
    ])
    assert.equal(originFault(undefined), undefined)
    assert.equal(originFault(''), undefined)
  })

  for (const wrong of [
    'shop.example',
    'ftp://shop.example',
    'null',
    '*',
    ',',
    ' , ',
    'https://shop.example/page',
    'https://shop.example?a',
    'https://me@shop.example',
    'https://:word@shop.example',
    'https://*.shop.example',
    'https://shop.example;script-src-elem',
    "https://shop.example'self'",
    'https://shop.example, https://*',
  ]) {
    it(`are not ${wrong}`, () => assert.match(originFault(wrong) ?? '', /must be origins/))
  }
})
