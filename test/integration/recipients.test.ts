import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { failureOf } from '../helpers/rpc.ts'
import { type OpenStore, testStores } from '../helpers/stores.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'telegram', line: '12' }

interface Item {
  readonly lead: number
  readonly chat: { readonly id: string }
  readonly name?: string
  readonly tags: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly firstSeenAt: string
  readonly lastSeenAt?: string
  readonly blockedAt?: string
  readonly person?: string
  readonly dialog?: { readonly open: boolean; readonly at: string }
}
interface Page {
  readonly items: readonly Item[]
  readonly cursor?: string
}

for (const store of testStores()) {
  describe(`recipients on ${store.name}`, () => {
    let database: OpenStore
    let telegram: FakeTelegram
    let hub: TestHub
    let portal: TestPortal
    let other: TestPortal
    let updateId = 0

    before(async () => {
      database = await store.open()
      telegram = await startTelegramWithBot()
      hub = await startTestHub({ databaseUrl: database.databaseUrl })
      portal = await addTestPortal(hub)
      other = await addTestPortal(hub)
      assert.equal((await connectTelegram(portal, telegram)).ok, true)
    })
    after(async () => {
      await hub.stop()
      await portal[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await telegram[Symbol.asyncDispose]()
      await database.dispose()
    })

    async function post(update: object): Promise<void> {
      const { url = '', secretToken = '' } = telegram.bot(BOT_ID).webhook ?? {}
      updateId += 1
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-telegram-bot-api-secret-token': secretToken,
        },
        body: JSON.stringify({ update_id: updateId, ...update }),
      })
      assert.equal(answer.status, 200)
    }
    const write = (id: number, from: object = {}, chat: object = { type: 'private' }) =>
      post({
        message: {
          message_id: updateId + 100,
          date: 1_767_225_600,
          chat: { id, ...chat },
          from: { id, is_bot: false, first_name: 'Ann', ...from },
          text: 'hello',
        },
      })
    const get = (chat: string) => portal.hub.getRecipient<Item>({ ...LINE, chat: { id: chat } })
    const list = (more: object = {}) => portal.hub.listRecipients<Page>({ ...LINE, ...more })
    const chatsOf = ({ items }: Page): string[] => items.map(({ chat }) => chat.id)
    const update = (params: object) => portal.hub.updateRecipient<Item>({ ...LINE, ...params })

    it('who writes is there at once, with what the channel told, and found by lead or chat', async () => {
      const before = Date.now()
      await write(500, { last_name: 'Lee', username: 'ann_lee', language_code: 'de' })
      const found = await get('500')
      const { lead, firstSeenAt, lastSeenAt, dialog, ...rest } = found
      assert.deepEqual(rest, {
        chat: { id: '500' },
        name: 'Ann',
        lastName: 'Lee',
        username: 'ann_lee',
        url: 'https://t.me/ann_lee',
        language: 'de',
        tags: [],
        attributes: {},
      })
      assert.equal(lastSeenAt, firstSeenAt)
      assert.ok(Date.parse(firstSeenAt) >= before - 2000)
      assert.deepEqual(dialog, { open: true, at: firstSeenAt })
      assert.deepEqual(await portal.hub.getRecipient<Item>({ ...LINE, lead }), found)

      await write(500, { first_name: 'Анна 😀', username: undefined })
      const later = await get('500')
      assert.equal(later.lead, lead)
      assert.equal(later.firstSeenAt, firstSeenAt)
      assert.equal(later.name, 'Анна 😀')
      assert.equal('username' in later, false)
    })

    it('groups have no recipient', async () => {
      await write(-77, {}, { type: 'group', title: 'All of us' })
      const error = await failureOf(get('-77'))
      assert.equal(error.code, -32000)
      assert.equal(error.hubCode, 'HUB_UNKNOWN_RECIPIENT')
    })

    it('a person who blocks the bot is marked until the next message', async () => {
      await write(501)
      const member = (status: string) => ({
        my_chat_member: {
          chat: { id: 501, type: 'private', first_name: 'Ann' },
          from: { id: 501, is_bot: false, first_name: 'Ann' },
          date: 1_767_225_600,
          old_chat_member: {
            user: { id: BOT_ID },
            status: status === 'kicked' ? 'member' : 'kicked',
          },
          new_chat_member: { user: { id: BOT_ID }, status },
        },
      })
      await post(member('kicked'))
      assert.ok((await get('501')).blockedAt)
      assert.deepEqual(chatsOf(await list({ blocked: true })), ['501'])
      await post(member('member'))
      assert.equal((await get('501')).blockedAt, undefined)
      await post(member('kicked'))
      await write(501)
      assert.equal((await get('501')).blockedAt, undefined)
      assert.ok(!chatsOf(await list({ blocked: true })).includes('501'))
    })

    it('tags and attributes are merged, kept sorted, and found again', async () => {
      await write(502)
      const chat = { id: '502' }
      await update({
        chat,
        addTags: ['vip', ' b-side ', 'vip', '😀'],
        attributes: { a: 1, b: { c: [null] } },
      })
      const changed = await update({
        chat,
        addTags: ['new'],
        removeTags: ['vip', 'never'],
        attributes: { a: null, d: 'ж' },
      })
      assert.deepEqual(changed.tags, ['b-side', 'new', '😀'])
      assert.deepEqual(changed.attributes, { b: { c: [null] }, d: 'ж' })
      assert.deepEqual(await get('502'), changed)
      assert.deepEqual(chatsOf(await list({ tags: ['new', '😀'] })), ['502'])
      assert.deepEqual(chatsOf(await list({ tags: ['new', 'vip'] })), [])
    })

    it('too much is refused, and nothing of it kept', async () => {
      await write(503)
      const chat = { id: '503' }
      const full = { chat, attributes: { text: 'ж'.repeat(8185) } }
      const kept = await update(full)
      const refused = await failureOf(update({ chat, attributes: { x: '😀😀' }, addTags: ['t'] }))
      assert.equal(refused.code, -32602)
      assert.deepEqual(refused.fields, ['attributes'])
      const many = Array.from({ length: 100 }, (_, index) => `t${index}`)
      await update({ chat, addTags: many })
      const over = await failureOf(update({ chat, addTags: ['one more'] }))
      assert.deepEqual(over.fields, ['addTags'])
      const after = await get('503')
      assert.equal(after.tags.length, 100)
      assert.deepEqual(after.attributes, kept.attributes)
    })

    it('every fault of the params is named', async () => {
      const params = {
        ...LINE,
        chat: { id: '' },
        addTags: ['', 'x'.repeat(65), 'ok'],
        attributes: JSON.parse('{"__proto__":{"x":1},"ok":1}') as object,
        nonsense: 1,
      }
      const error = await failureOf(portal.hub.updateRecipient(params))
      assert.equal(error.code, -32602)
      assert.deepEqual(error.fields, [
        'addTags.0',
        'addTags.1',
        'attributes.__proto__',
        'chat.id',
        'nonsense',
      ])
      const listed = { ...LINE, limit: 501, seenAfter: 'yesterday', blocked: 1, q: ' ' }
      const wrong = await failureOf(portal.hub.listRecipients(listed))
      assert.deepEqual(wrong.fields, ['blocked', 'limit', 'q', 'seenAfter'])
      for (const cursor of ['x', 'bGVhZDow', 'bGVhZDoxZTk']) {
        const { fields } = await failureOf(list({ cursor }))
        assert.deepEqual(fields, ['cursor'])
      }
      for (const name of [{}, { lead: 1, chat: { id: '5' } }]) {
        const { fields } = await failureOf(portal.hub.getRecipient({ ...LINE, ...name }))
        assert.deepEqual(fields, ['lead'])
      }
    })

    it('text is found in any part of it, and its signs stand for themselves', async () => {
      const people = [
        [511, { first_name: 'Жанна_50%', username: 'zhanna' }],
        [512, { first_name: 'Жаннах50х', username: 'other' }],
        [513, { first_name: "Robert'); DROP TABLE recipient;--", last_name: '\\' }],
      ] as const
      for (const [id, from] of people) await write(id, from)
      assert.deepEqual(chatsOf(await list({ q: 'ЖАННА' })), ['511', '512'])
      assert.deepEqual(chatsOf(await list({ q: 'а_5' })), ['511'])
      assert.deepEqual(chatsOf(await list({ q: '50%' })), ['511'])
      assert.deepEqual(chatsOf(await list({ q: '!' })), [])
      assert.deepEqual(chatsOf(await list({ q: 'drop table' })), ['513'])
      assert.deepEqual(chatsOf(await list({ q: '\\' })), ['513'])
      assert.deepEqual(chatsOf(await list({ q: 'ZHANN' })), ['511'])
    })

    it("pages go on behind the last one, and another line's are never among them", async () => {
      const all = chatsOf(await list({ limit: 500 }))
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await list({ limit: 2, ...(cursor ? { cursor } : {}) })
        seen.push(...chatsOf(page))
        cursor = page.cursor
      } while (cursor)
      assert.deepEqual(seen, all)
      const future = new Date(Date.now() + 3_600_000).toISOString()
      assert.deepEqual(chatsOf(await list({ seenAfter: future })), [])
      assert.equal(chatsOf(await list({ seenBefore: future, limit: 500 })).length, all.length)
      const unknown = await failureOf(other.hub.listRecipients(LINE))
      assert.equal(unknown.hubCode, 'HUB_UNKNOWN_LINE')
    })

    it('recipients are linked together, or none of them', async () => {
      await write(521)
      await write(522)
      const leads = [(await get('521')).lead, (await get('522')).lead]
      const { linked } = await portal.hub.linkRecipients<{ linked: number }>({
        person: 'p 1',
        leads: [...leads, leads[0]],
      })
      assert.equal(linked, 2)
      assert.equal((await get('522')).person, 'p 1')
      const foreign = await failureOf(other.hub.linkRecipients({ person: 'mine', leads }))
      assert.deepEqual(foreign.fields, ['leads[0]', 'leads[1]'])
      const mixed = { person: 'p 2', leads: [leads[0], 987_654_321] }
      const wrong = await failureOf(portal.hub.linkRecipients(mixed))
      assert.deepEqual(wrong.fields, ['leads[1]'])
      assert.equal((await get('521')).person, 'p 1')
    })

    it('a dialog is closed and opened, and an answer of the company opens it', async () => {
      await write(531)
      const chat = { id: '531' }
      assert.deepEqual(await portal.hub.closeDialog({ ...LINE, chat }), { ok: true })
      assert.equal((await get('531')).dialog?.open, false)
      assert.deepEqual(await portal.hub.openDialog({ ...LINE, chat }), { ok: true })
      assert.equal((await get('531')).dialog?.open, true)
      await portal.hub.closeDialog({ ...LINE, chat })
      const closedAt = Date.now()
      await waitFor(() => Date.now() > closedAt)
      await portal.hub.sendMessage({ ...LINE, chat, message: { text: 'x' }, lane: 'bulk' })
      assert.equal((await get('531')).dialog?.open, false)
      await portal.hub.sendMessage({ ...LINE, chat, message: { text: 'x' } })
      assert.equal((await get('531')).dialog?.open, true)
      const unknown = await failureOf(portal.hub.openDialog({ ...LINE, chat: { id: 'nobody' } }))
      assert.equal(unknown.hubCode, 'HUB_UNKNOWN_RECIPIENT')
    })

    it("the status object has the line's number", async () => {
      const status = await portal.hub.getStatus<{ bot: number }>(LINE)
      assert.ok(Number.isInteger(status.bot) && status.bot > 0)
    })
  })
}
