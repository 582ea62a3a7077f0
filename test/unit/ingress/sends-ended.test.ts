import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Store } from '../../../src/db/engine/store.ts'
import { SendsEnded } from '../../../src/ingress/sends-ended.ts'
import { createManualClock } from '../../helpers/manual-clock.ts'

/** A store that knows only which chats are being sent to. */
function openRig() {
  const clock = createManualClock()
  const sending = new Set<string>()
  let looks = 0
  const store = {
    async rows() {
      looks += 1
      return [...sending].map((chat) => ({ chat_id: chat }))
    },
  } as unknown as Store
  return {
    clock,
    sending,
    sends: new SendsEnded(store, clock),
    get looks() {
      return looks
    },
  }
}

describe('updates that wait for sends', () => {
  it('go on when the send has ended, others of the line before it', async () => {
    const { clock, sending, sends } = openRig()
    sending.add('a')
    const ended: string[] = []
    void sends.wait(1, ['a']).then(() => ended.push('a'))
    void sends.wait(1, ['b']).then(() => ended.push('b'))
    await clock.advance(100)
    assert.deepEqual(ended, ['b'])
    sending.clear()
    await clock.advance(100)
    assert.deepEqual(ended, ['b', 'a'])
  })

  it('wait three seconds at most, and ask the store together', async () => {
    const rig = openRig()
    rig.sending.add('a')
    const waits = Array.from({ length: 500 }, () => rig.sends.wait(1, ['a']))
    await rig.clock.advance(3100)
    await Promise.all(waits)
    assert.ok(rig.looks < 70, `${rig.looks} looks`)
  })
})
