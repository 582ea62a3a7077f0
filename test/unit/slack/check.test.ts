import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { sendContext } from '../../helpers/sending.ts'
import { http, openSlack, TOKEN } from './helpers.ts'

after(() => http.close())

function lacks(permission: string, isVital: boolean): object {
  return { code: 'permission_missing', permission, isVital }
}

describe('a check of a Slack line', () => {
  it('asks once, and names the scopes that are missing', async () => {
    await using slack = await openSlack()
    const { app, connector, fake, line } = slack
    const found = async () => await connector.check?.(line, sendContext())
    assert.deepEqual(await found(), [])
    assert.equal(fake.calls.length, 1)
    for (const scope of ['users:read', 'files:read']) app.scopes.delete(scope)
    assert.deepEqual(await found(), [lacks('users:read', false), lacks('files:read', false)])
    app.scopes.clear()
    const [writes, reads] = (await found()) ?? []
    assert.deepEqual([writes, reads], [lacks('chat:write', true), lacks('im:history', true)])
  })

  it('is content with any scope that brings messages', async () => {
    await using slack = await openSlack()
    const { app, connector, line } = slack
    for (const scope of ['im:history', 'channels:history']) app.scopes.delete(scope)
    app.scopes.add('app_mentions:read')
    assert.deepEqual(await connector.check?.(line, sendContext()), [])
  })

  it('finds a token that was revoked, and a workspace that shuts the app out', async () => {
    await using slack = await openSlack()
    const { connector, fake, line } = slack
    fake.fail('auth.test', { error: 'access_denied' })
    const limits = { code: 'channel_limits', words: 'Slack answered access_denied' }
    assert.deepEqual(await connector.check?.(line, sendContext()), [limits])
    fake.removeApp(TOKEN)
    const refused = { code: 'token_refused', words: 'Slack answered invalid_auth' }
    assert.deepEqual(await connector.check?.(line, sendContext()), [refused])
  })
})
