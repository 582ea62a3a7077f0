import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { faultOf, sendContext } from '../../helpers/sending.ts'
import { createLine, http, openSlack, TOKEN } from './helpers.ts'

after(() => http.close())

const { signal } = sendContext()
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` }

describe('testConnect', () => {
  it('gives workspace and bot user as the identity', async () => {
    await using slack = await openSlack()
    assert.deepEqual(await slack.connector.testConnect(slack.line, { signal }), {
      ok: true,
      identity: 'T061EG9R6:U0BOTDESK',
      name: 'desk – Acme',
    })
  })

  it('blames the token that Slack refuses, that is no bot’s or that may not write', async () => {
    await using slack = await openSlack()
    const { connector, line, fake, app } = slack
    const faultyField = async (): Promise<unknown> => {
      const report = await connector.testConnect(line, { signal })
      assert.ok(!report.ok && report.error.code === 'HUB_CHANNEL_REFUSED')
      return report.error.field
    }
    app.scopes.delete('chat:write')
    assert.equal(await faultyField(), 'botToken')
    fake.addApp({ token: TOKEN, signingSecret: 's', botId: '' })
    assert.equal(await faultyField(), 'botToken')
    fake.removeApp(TOKEN)
    assert.equal(await faultyField(), 'botToken')
  })

  it('blames an address that is not the Web API', async () => {
    await using slack = await openSlack()
    const { connector, fake } = slack
    for (const apiRoot of [`${fake.origin}/elsewhere`, 'http://127.0.0.1:1']) {
      const report = await connector.testConnect(createLine({ apiRoot }), { signal })
      assert.ok(!report.ok && report.error.field === 'apiRoot', JSON.stringify(report))
    }
  })
})

describe('a person', () => {
  it('is looked up by id', async () => {
    await using slack = await openSlack()
    const { connector, line, fake } = slack
    const image = 'https://avatars.slack-edge.com/ann.png'
    fake.workspace.users.set('U1', {
      id: 'U1',
      name: 'ann',
      locale: 'ru-RU',
      profile: { first_name: 'Ann', last_name: 'Lee', email: 'ann@example.com', image_192: image },
    })
    assert.deepEqual(await connector.profile?.('U1', line, { signal }), {
      name: 'Ann',
      lastName: 'Lee',
      username: 'ann',
      picture: { url: image },
      email: 'ann@example.com',
      language: 'ru-RU',
    })
    fake.workspace.users.set('U2', { id: 'U2', profile: { real_name: 'Bot of ours' } })
    assert.deepEqual(await connector.profile?.('U2', line, { signal }), { name: 'Bot of ours' })
  })
})

describe('a file', () => {
  async function locate(file: Readonly<Record<string, unknown>> | undefined) {
    const slack = await openSlack()
    if (file) slack.fake.workspace.files.set('F1', { id: 'F1', ...file })
    return { ...slack, found: slack.connector.locateFile?.('F1', slack.line, { signal }) }
  }

  it("of Slack's is opened with the token", async () => {
    const url = 'https://files.slack.com/files-pri/T1-F1/a.pdf'
    await using slack = await locate({ url_private: url })
    assert.deepEqual(await slack.found, { url, headers: AUTHORIZATION })
  })

  it('elsewhere never gets the token', async () => {
    for (const url of [
      'https://docs.google.com/document/d/1',
      'https://files.slack.com.example/a.pdf',
      'https://notslack.com/a.pdf',
      'http://files.slack.com/a.pdf',
    ]) {
      await using slack = await locate({ url_private: url })
      assert.deepEqual(await slack.found, { url })
    }
  })

  it('that is gone says so', async () => {
    const hidden = { mode: 'hidden_by_limit', url_private: 'https://files.slack.com/a' }
    for (const file of [undefined, { mode: 'tombstone' }, hidden]) {
      await using slack = await locate(file)
      const fault = await faultOf(slack.found, TOKEN)
      assert.deepEqual([fault.disposition, fault.channelCode], ['reject', 'HUB_FILE_GONE'])
    }
  })
})
