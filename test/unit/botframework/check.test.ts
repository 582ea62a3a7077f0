import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeliveryError } from '../../../src/core/errors.ts'
import { plainText } from '../../../src/core/rich-text.ts'
import { type Bench, openBench } from './kit.ts'

async function found(bench: Bench) {
  return await bench.connector.check?.(bench.line, bench.call())
}

describe('a check of a line of the Bot Framework', () => {
  it('asks for a token whenever it is made, and leaves it to be sent with', async () => {
    await using bench = await openBench()
    assert.deepEqual(await found(bench), [])
    assert.deepEqual(await found(bench), [])
    assert.equal(bench.fake.counts.token, 2)
    await bench.connector.send('c', { text: plainText('hi') }, bench.line, bench.call())
    assert.equal(bench.fake.counts.token, 2)
    assert.equal(bench.fake.calls[0]?.authorization, 'Bearer token-2')
  })

  it('finds credentials that are refused, known numbers and others', async () => {
    await using bench = await openBench()
    for (const number of [7_000_222, 53_003]) {
      bench.fake.refuseToken(number)
      const [finding] = (await found(bench)) ?? []
      assert.equal(finding?.code, 'token_refused', `${number}`)
    }
  })

  it('keeps the token in use when the service is in trouble, or is none', async () => {
    await using bench = await openBench()
    assert.deepEqual(await found(bench), [])
    for (const status of [503, 404]) {
      bench.fake.fail('token', { status, body: '<html>gateway</html>' })
      await assert.rejects(found(bench), (error: unknown) => {
        return error instanceof DeliveryError && error.fault.disposition === 'retry'
      })
    }
    await bench.connector.send('c', { text: plainText('hi') }, bench.line, bench.call())
    assert.equal(bench.fake.calls[0]?.authorization, 'Bearer token-1')
  })
})
