import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textsOf } from '../helpers/delivery-rig.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const [, mariadb] = testStores()

describe('processes with roles of their own over one MariaDB', () => {
  it('take updates here, deliver them there, and send from a third', async () => {
    assert.ok(mariadb)
    await using database = await mariadb.openEmpty()
    const { databaseUrl } = database
    await using telegram = await startTelegramWithBot()
    await using ingress = await startTestHub({ databaseUrl, env: { HUB_ROLES: 'ingress' } })
    await using inbox = await startTestHub({ databaseUrl, env: { HUB_ROLES: 'inbox,jobs' } })
    await using outbox = await startTestHub({ databaseUrl, env: { HUB_ROLES: 'outbox' } })
    await using portal = await addTestPortal(ingress)
    assert.equal((await connectTelegram(portal, telegram)).ok, true)
    const texts = ['1', '2', '3', '4', '5']
    for (const text of texts) await telegram.personWrites({ botId: BOT_ID, chatId: 5, text })
    assert.deepEqual(textsOf(await portal.server.waitForEvents(5)), texts)
    await portal.hub.sendMessage({
      connector: 'telegram',
      line: '12',
      chat: { id: '5' },
      message: { text: 'answer' },
    })
    await waitFor(() => telegram.callsOf('sendMessage').length === 1, 'the answer')
    await portal.server.waitForEvents(6)
    const didDeliver = (text: string): boolean => text.includes('"delivery.attempted"')
    assert.deepEqual(
      [ingress, inbox, outbox].map(({ logText }) => didDeliver(logText())),
      [false, true, false],
    )
    assert.ok(outbox.logText().includes('"send.attempted"'))
    // A process without the ingress answers for its health, and takes nothing.
    assert.equal((await fetch(`${inbox.url}/readyz`)).status, 200)
    assert.equal((await fetch(`${inbox.url}/webhook?hash=${'0'.repeat(32)}`)).status, 404)
  })

  it('share the work of one portal, one line at a time in one place', async () => {
    assert.ok(mariadb)
    await using database = await mariadb.openEmpty()
    const { databaseUrl } = database
    await using telegram = await startTelegramWithBot()
    await using first = await startTestHub({ databaseUrl })
    await using second = await startTestHub({ databaseUrl })
    await using portal = await addTestPortal(first)
    assert.equal((await connectTelegram(portal, telegram)).ok, true)
    const { url = '', secretToken = '' } = telegram.bot(BOT_ID).webhook ?? {}
    const path = url.slice(first.url.length)
    const post = (hubUrl: string, number: number): Promise<Response> =>
      fetch(hubUrl + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-telegram-bot-api-secret-token': secretToken,
        },
        body: JSON.stringify({
          update_id: number,
          message: {
            message_id: number,
            date: 1_767_225_600,
            chat: { id: 5, type: 'private', first_name: 'Ann' },
            from: { id: 5, is_bot: false, first_name: 'Ann' },
            text: `${number}`,
          },
        }),
      })
    const expected: string[] = []
    for (let number = 1; number <= 200; number++) {
      const answer = await post(number % 2 ? first.url : second.url, number)
      assert.equal(answer.status, 200)
      expected.push(`${number}`)
    }
    assert.deepEqual(textsOf(await portal.server.waitForEvents(200)), expected)
    assert.equal(portal.server.received.length, 200, 'nothing came twice')
    assert.deepEqual([...portal.server.mostAtOnce.values()], [1])
  })
})
