import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressField, refused, reportConnect } from '../../../connectors/kit/connect-report.ts'
import { DeliveryError, TransportError } from '../../../src/core/errors.ts'

const { signal } = new AbortController()
const USUAL = 'https://api.channel.example'

function refusal(disposition: 'pause' | 'retry', field?: string): DeliveryError {
  const fault = { disposition, outcome: 'not-sent', channelCode: '1' } as const
  return new DeliveryError('no', field === undefined ? fault : { ...fault, field })
}

function failing(error: unknown): () => Promise<never> {
  return () => Promise.reject(error)
}

describe('a connect report', () => {
  it('is what the test of the channel says', async () => {
    const report = { ok: true, identity: '1' } as const
    assert.equal(await reportConnect({ signal }, async () => report), report)
  })

  it('blames the address only if a person has entered it', async () => {
    const error = new TransportError('ECONNREFUSED', 'not-sent')
    const message = 'no answer from the other side (ECONNREFUSED)'
    const code = 'HUB_CHANNEL_UNREACHABLE'
    const usual = { signal, addressField: addressField(USUAL, USUAL) }
    const own = { signal, addressField: addressField('https://own.example', USUAL) }
    const without = { ok: false, error: { code, message } }
    assert.deepEqual(await reportConnect(usual, failing(error)), without)
    const blaming = { ok: false, error: { code, message, field: 'apiRoot' } }
    assert.deepEqual(await reportConnect(own, failing(error)), blaming)
    const passing = await reportConnect(own, failing(refusal('retry')))
    assert.deepEqual(passing, { ok: false, error: { code, message: 'no', field: 'apiRoot' } })
  })

  it('names the field of a refusal, in the words of the channel if it has some', async () => {
    const error = refusal('pause', 'token')
    assert.deepEqual(await reportConnect({ signal }, failing(error)), refused('no', 'token'))
    const explain = (): ReturnType<typeof refused> => refused('wrong app', 'appId')
    const explained = await reportConnect({ signal, explain }, failing(error))
    assert.deepEqual(explained, refused('wrong app', 'appId'))
  })

  it('is none of a bug, and none of an aborted test', async () => {
    const bug = new TypeError('bug')
    await assert.rejects(reportConnect({ signal }, failing(bug)), bug)
    const aborted = { signal: AbortSignal.abort() }
    const error = new TransportError('ABORTED', 'not-sent')
    await assert.rejects(reportConnect(aborted, failing(error)), error)
  })
})
