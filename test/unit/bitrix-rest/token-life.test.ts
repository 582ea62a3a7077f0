import assert from 'node:assert/strict'
import { it } from 'node:test'
import { lifeMs } from '../../../src/portal/dialects/bitrix-rest/tokens.ts'

it('an access token is good for as long as can be true, else for the usual hour', () => {
  assert.equal(lifeMs(600), 600_000)
  assert.equal(lifeMs('3600'), 3_600_000)
  for (const odd of [undefined, null, '', 'x', 0, -1, Number.NaN, 1e300, '1e300', Infinity, {}]) {
    assert.equal(lifeMs(odd), 3_600_000, String(odd))
  }
})
