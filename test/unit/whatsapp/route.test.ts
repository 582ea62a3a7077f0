import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readUpdate } from '../../../connectors/whatsapp/inbound.ts'
import { routeUpdate } from '../../../connectors/whatsapp/route.ts'
import { parseSettings } from '../../../connectors/whatsapp/settings.ts'
import { shakeHands, verifyUpdate } from '../../../connectors/whatsapp/verify.ts'
import { BadUpdateError } from '../../../src/core/errors.ts'
import {
  ANN,
  changeOf,
  messageFrom,
  textOf,
  updateFromAnn,
  updateOf,
} from '../../fakes/whatsapp-updates.ts'
import { NUMBER, SECRETS, whatsappSettings } from '../../helpers/whatsapp-kit.ts'
import { rawRequest } from './helpers.ts'

const DESK = { ...NUMBER, display: '+250 788 123 200' }
const BOB = { wa_id: '79004445566', profile: { name: 'Bob' } }
const BASE = {
  id: 1,
  connector: 'whatsapp.cloud',
  webhookSecret: 'abcdefghijklmnopqrstuvwxyz_-0123',
  webhookUrl: 'https://hub.example/webhook?hash=1',
}
const values = { ...whatsappSettings('whatsapp.cloud'), verifyToken: 'a-verify-token' }
const CLOUD = { ...BASE, settings: parseSettings(values, 'cloud'), identity: NUMBER.id }
const DIALOG = {
  ...BASE,
  settings: parseSettings(whatsappSettings('whatsapp.360dialog'), '360dialog'),
}

describe('a request of Meta', () => {
  const status = { id: 'wamid.OUT', status: 'read', timestamp: '1', recipient_id: BOB.wa_id }
  const gathered = changeOf(DESK, {
    contacts: [ANN, BOB],
    messages: [
      messageFrom(ANN, 'wamid.1', textOf('one')),
      messageFrom(BOB, 'wamid.2', textOf('two')),
    ],
    statuses: [status],
  })
  const echoes = changeOf(
    DESK,
    {
      message_echoes: ['1', '2'].map((id) => ({
        to: BOB.wa_id,
        id,
        timestamp: '1',
        ...textOf(id),
      })),
    },
    'smb_message_echoes',
  )

  it('is cut per message, echo and status, each with the contacts that are its own', () => {
    const pieces = routeUpdate(rawRequest(updateOf(gathered, echoes)), CLOUD)
    const read = pieces.map(({ update, connector, identity }) => {
      const { key, events } = readUpdate(update, CLOUD, 1).parsed
      const [event] = events
      const name = event && 'user' in event ? event.user?.name : undefined
      return [connector, identity, key.slice(NUMBER.id.length + 1), events.length, name]
    })
    assert.deepEqual(read, [
      ['whatsapp', NUMBER.id, 'message:wamid.1', 1, 'Ann'],
      ['whatsapp', NUMBER.id, 'message:wamid.2', 1, 'Bob'],
      ['whatsapp', NUMBER.id, 'status:read:wamid.OUT', 1, undefined],
      ['whatsapp', NUMBER.id, 'echo:1', 1, undefined],
      ['whatsapp', NUMBER.id, 'echo:2', 1, undefined],
    ])
  })

  it('names the number of each change', () => {
    const other = changeOf(
      { ...DESK, id: '999' },
      { messages: [messageFrom(ANN, 'x', textOf('x'))] },
    )
    const pieces = routeUpdate(rawRequest(updateOf(gathered, other)), CLOUD)
    assert.deepEqual([...new Set(pieces.map(({ identity }) => identity))], [NUMBER.id, '999'])
  })

  it("gives news of the line's own account to the line, others' to nobody", () => {
    const change = { field: 'account_update', value: { event: 'DISABLED_UPDATE' } }
    const own = updateOf({ wabaId: NUMBER.wabaId, change })
    const others = updateOf({ wabaId: '777', change })
    assert.equal(routeUpdate(rawRequest(own), CLOUD)[0]?.identity, NUMBER.id)
    assert.equal(routeUpdate(rawRequest(others), CLOUD)[0]?.identity, '777')
  })

  it("leaves other products' updates to their connectors", () => {
    const page = { object: 'page', entry: [{ id: '111', messaging: [{}] }] }
    const [piece] = routeUpdate(rawRequest(page), CLOUD)
    assert.deepEqual([piece?.connector, piece?.identity], ['facebook', '111'])
  })

  it('that is none is a BadUpdateError', () => {
    for (const body of [
      [],
      {},
      { object: 'whatsapp_business_account' },
      { object: 'a', entry: [7] },
    ]) {
      assert.throws(() => routeUpdate(rawRequest(body), CLOUD), BadUpdateError)
    }
  })

  it('is never worse than that, whatever stands where', () => {
    const value = fc.record(
      { messages: fc.jsonValue(), contacts: fc.jsonValue(), metadata: fc.jsonValue() },
      { requiredKeys: [] },
    )
    const change = fc.oneof(fc.record({ value }), fc.jsonValue())
    const entry = fc.oneof(
      fc.record({ id: fc.jsonValue(), changes: fc.array(change) }),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const body = { object: 'whatsapp_business_account', entry: entries }
        try {
          for (const { identity } of routeUpdate(rawRequest(body), CLOUD)) {
            assert.equal(typeof identity, 'string')
          }
        } catch (error) {
          assert.ok(error instanceof BadUpdateError, String(error))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('with thousands of people is cut into small pieces', () => {
    const people = Array.from({ length: 8000 }, (_, index) => ({ wa_id: `7900${index}` }))
    const messages = people.map((one, index) => messageFrom(one, `m${index}`, textOf('x')))
    const request = rawRequest(updateOf(changeOf(DESK, { contacts: people, messages })))
    const pieces = routeUpdate(request, CLOUD)
    assert.equal(pieces.length, 8000)
    assert.ok(pieces.every(({ update }) => JSON.stringify(update).length < 600))
  })
})

describe("a request of 360dialog's", () => {
  it("is the line's, whatever number it names", () => {
    const request = rawRequest(updateFromAnn({ ...DESK, id: '999' }, 'wamid.1'))
    const line = { ...DIALOG, identity: 'key:1' }
    assert.deepEqual(
      routeUpdate(request, line).map(({ connector, identity }) => [connector, identity]),
      [['whatsapp', 'key:1']],
    )
    assert.equal(routeUpdate(request, DIALOG)[0]?.identity, '')
  })

  it("is believed by the line's secret", () => {
    const body = updateFromAnn(DESK, 'wamid.1')
    const verify = (token?: string) =>
      verifyUpdate(rawRequest(body, token === undefined ? {} : { 'x-hub-token': token }), DIALOG).ok
    assert.deepEqual(
      [
        verify(DIALOG.webhookSecret),
        verify(),
        verify(''),
        verify('wrong'),
        verify(`${DIALOG.webhookSecret}x`),
      ],
      [true, false, false, false, false],
    )
  })

  it('is no handshake', () => {
    const query = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.verify_token': '',
      'hub.challenge': '1',
    })
    assert.equal(shakeHands({ ...rawRequest(''), method: 'GET', query }, DIALOG), undefined)
  })
})

describe("Meta's signature and handshake", () => {
  it('are those of the app', () => {
    const body = JSON.stringify(updateFromAnn(DESK, 'wamid.1', textOf('Привет 👋')))
    const sign = (secret: string) => ({
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    })
    assert.equal(verifyUpdate(rawRequest(body, sign(SECRETS.app)), CLOUD).ok, true)
    for (const headers of [{}, sign('other'), { 'x-hub-token': CLOUD.webhookSecret }]) {
      assert.equal(verifyUpdate(rawRequest(body, headers), CLOUD).ok, false)
    }
    const ask = (token: string) => {
      const query = new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.verify_token': token,
        'hub.challenge': '42',
      })
      return shakeHands({ ...rawRequest(''), method: 'GET', query }, CLOUD)
    }
    assert.deepEqual(ask('a-verify-token'), { status: 200, body: '42' })
    assert.equal(ask('another')?.status, 403)
  })
})
