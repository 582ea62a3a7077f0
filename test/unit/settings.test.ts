import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualBotFramework } from '../../connectors/botframework/index.ts'
import { facebook } from '../../connectors/facebook/index.ts'
import { viber } from '../../connectors/viber/index.ts'
import { readSettings, voucherOf } from '../../src/core/settings.ts'

const page = { pageId: '1', pageAccessToken: 't', appId: '2', appSecret: 's' }
const account = { authToken: 't', senderName: 'Desk' }

function ofPage(more: object): string {
  return voucherOf(facebook.fields, readSettings(facebook.fields, { ...page, ...more }))
}

describe('who vouches for an account', () => {
  it("is the channel itself by default, at each of its own addresses, however they're written", () => {
    for (const apiRoot of [
      undefined,
      'https://graph.facebook.com/',
      'HTTPS://GRAPH.facebook.com:443',
      'https://graph.instagram.com',
    ]) {
      assert.equal(ofPage({ apiRoot }), '', apiRoot)
    }
  })

  it('is an address of somebody’s own otherwise, each by itself', () => {
    const one = ofPage({ apiRoot: 'https://proxy.example/meta' })
    const other = ofPage({ apiRoot: 'https://proxy.example/other' })
    assert.match(one, /^[\w-]{22}$/)
    assert.notEqual(one, other)
    assert.equal(one, ofPage({ apiRoot: 'https://proxy.example/meta/' }))
  })

  it('has nothing to do with what a line looks like', () => {
    const senderAvatar = 'https://pictures.example/a.png'
    const values = readSettings(viber.fields, { ...account, senderAvatar })
    assert.equal(voucherOf(viber.fields, values), '')
  })

  it('counts the addresses of a cloud of one’s own', () => {
    const [teams] = virtualBotFramework
    assert.ok(teams)
    const own = { cloud: 'custom', tokenUrl: 'https://login.example/token' }
    const values = { appId: 'a', appSecret: 's', ...own }
    assert.notEqual(voucherOf(teams.fields, values), '')
    assert.equal(voucherOf(teams.fields, { appId: 'a', appSecret: 's', cloud: 'public' }), '')
  })
})
