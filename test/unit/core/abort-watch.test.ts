import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { it } from 'node:test'
import { AbortWatch } from '../../../src/core/abort-watch.ts'

it('a watch of a signal calls all who listen still, by one listener', () => {
  const aborting = new AbortController()
  const { signal } = aborting
  const watch = new AbortWatch()
  const called: string[] = []
  const unlisten = ['a', 'b', 'c'].map((name) => watch.listen(signal, () => called.push(name)))
  assert.equal(getEventListeners(signal, 'abort').length, 1)
  unlisten[1]?.()
  aborting.abort()
  assert.deepEqual(called, ['a', 'c'])
  for (const end of unlisten) end()
})

it('a watch keeps signals apart', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const watch = new AbortWatch()
  const called: string[] = []
  watch.listen(one.signal, () => called.push('one'))
  watch.listen(other.signal, () => called.push('other'))
  other.abort()
  assert.deepEqual(called, ['other'])
})
