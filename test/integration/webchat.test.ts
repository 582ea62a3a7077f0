import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type EventReader, readEvents } from '../helpers/event-reader.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'webchat', line: '1' }
const SITE = 'https://shop.example'
const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(1000)])

interface Session {
  readonly token: string
  readonly chat: { readonly id: string }
}

for (const kind of testStores()) {
  describe(`a web chat on ${kind.name}`, () => {
    const stack = new AsyncDisposableStack()
    let hub: TestHub
    let other: TestHub
    let portal: TestPortal
    let hash: string
    let visitors = 0

    before(async () => {
      const { databaseUrl } = stack.use(await kind.open())
      hub = stack.use(await startTestHub({ databaseUrl }))
      portal = stack.use(await addTestPortal(hub))
      other = stack.use(await startTestHub({ databaseUrl }))
      const settings = { title: 'Shop', origins: SITE, greeting: 'Hello' }
      await portal.hub.saveSettings({ ...LINE, settings })
      const tested = await portal.hub.testConnect<{ ok: boolean; status: { webhookUrl: string } }>(
        LINE,
      )
      assert.equal(tested.ok, true)
      hash = new URL(tested.status.webhookUrl).searchParams.get('hash') ?? ''
    })
    after(() => stack.disposeAsync())

    /** Each visitor comes from an address of his own. */
    const open = async (at: TestHub = hub): Promise<Session> => {
      const headers = { origin: SITE, 'x-forwarded-for': `203.0.113.${++visitors % 250}` }
      const { status, body } = await send(`${at.url}/webchat/${hash}/session`, { headers })
      assert.equal(status, 200, body)
      return JSON.parse(body)
    }
    const post = async (
      { token }: Pick<Session, 'token'>,
      body: object,
      headers: Readonly<Record<string, string>> = { origin: SITE },
    ) =>
      await send(`${hub.url}/webhook?hash=${hash}`, {
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          ...headers,
        },
        body: JSON.stringify(body),
      })
    const say = (chat: { readonly id: string }, text: string) =>
      portal.hub.sendMessage<{ id: string }>({ ...LINE, chat, message: { text } })
    const eventOf = (chat: { readonly id: string }, type: string) =>
      waitFor(
        () =>
          portal.server.events.find((event) => event.chat?.id === chat.id && event.type === type),
        type,
      )

    it('brings what is written to the portal once, however often it is posted', async () => {
      const session = await open()
      const message = { type: 'message.new', id: 'c1', text: '<script>alert(1)</script> 8) [b]' }
      for (let times = 0; times < 3; times++)
        assert.equal((await post(session, message)).status, 200)
      const event = await eventOf(session.chat, 'message.new')
      assert.equal(event.message?.text, '<script>alert(1)</script> 8) &#91;b]')
      await post(session, { type: 'button', id: 'b1', payload: 'yes', text: 'Yes' })
      await eventOf(session.chat, 'button')
      const own = portal.server.events.filter(({ chat }) => chat?.id === session.chat.id)
      assert.deepEqual(
        own.map(({ type }) => type),
        ['message.new', 'button'],
      )
    })

    it('tells where a chat was started, and that somebody types and reads', async () => {
      const session = await open()
      const page = { page: `${SITE}/a`, referrer: 'https://search.example/?q=a' }
      await post(session, { type: 'chat.started', id: 's1', ...page })
      const { ref } = await eventOf(session.chat, 'chat.started')
      assert.equal(ref, `${page.page} ${page.referrer}`)
      await post(session, { type: 'chat.typing', id: 't1' })
      await eventOf(session.chat, 'chat.typing')
      await post(session, { type: 'chat.read', id: 'r1' })
      await eventOf(session.chat, 'chat.read')
    })

    it('hands answers to the page, at whatever process it comes back, without gap or repetition', async () => {
      const session = await open()
      const url = (at: TestHub): string => `${at.url}/webchat/${hash}/events?token=${session.token}`
      const seen: string[] = []
      let last = ''
      const hubs = [hub, other]
      for (let round = 0; round < 6; round++) {
        const at = hubs[round % 2] ?? hub
        await using page = await readEvents(url(at), last === '' ? {} : { 'last-event-id': last })
        // One while the page is open, one while it isn't.
        await say(session.chat, `open ${round}`)
        const expected = seen.length + (round === 0 ? 1 : 2)
        await waitFor(() => seen.length + page.events.length >= expected, 'the answers')
        for (const { id, data } of page.events) {
          seen.push(data.message.text)
          last = id
        }
        await page[Symbol.asyncDispose]()
        await say(session.chat, `closed ${round}`)
      }
      await using page = await readEvents(url(other), { 'last-event-id': last })
      await waitFor(() => page.events.length > 0, 'the last one')
      seen.push(...page.events.map(({ data }) => data.message.text))
      const told = [0, 1, 2, 3, 4, 5].flatMap((round) => [`open ${round}`, `closed ${round}`])
      assert.deepEqual(seen, told)
    })

    it('shows formatting, buttons and files, edits, deletes and types; statuses come back', async () => {
      const session = await open()
      await using page = await readEvents(
        `${other.url}/webchat/${hash}/events?token=${session.token}`,
      )
      const sent = await portal.hub.sendMessage<{ id: string }>({
        ...LINE,
        chat: session.chat,
        message: {
          text: '[b]Good[/b] day :grinning:',
          files: [{ url: 'https://files.example/a.pdf', name: 'a.pdf' }],
          buttons: [[{ text: 'Yes', payload: 'y' }]],
        },
      })
      const first = await waitFor(() => page.events[0], 'the message')
      const { message } = first.data
      assert.equal(message.text, 'Good day 😀')
      assert.deepEqual(message.rich?.[0]?.type, 'bold')
      assert.deepEqual(message.buttons, [[{ text: 'Yes', payload: 'y' }]])
      assert.equal(message.files?.[0]?.url, 'https://files.example/a.pdf')
      const stranger = await open()
      for (const status of ['delivered', 'read']) {
        const seen = { type: 'message.status', id: status, status, messageIds: [message.id] }
        const forged = await post(stranger, { ...seen, status: 'read' })
        assert.equal(forged.status, 200)
        assert.equal((await post(session, seen)).status, 200)
        await waitFor(
          async () =>
            (await portal.hub.getMessageStatus<{ status: string }>({ ...LINE, id: sent.id }))
              .status === status,
          status,
        )
      }
      await portal.hub.updateMessage({
        ...LINE,
        chat: session.chat,
        message: { id: message.id, text: 'Good evening' },
      })
      await waitFor(() => page.events.some(({ event }) => event === 'message.updated'), 'the edit')
      await portal.hub.sendTyping({ ...LINE, chat: session.chat })
      await waitFor(() => page.events.some(({ event }) => event === 'chat.typing'), 'typing')
      await portal.hub.deleteMessage({ ...LINE, chat: session.chat, message: { id: message.id } })
      await waitFor(() => page.events.some(({ event }) => event === 'message.deleted'), 'deletion')
    })

    it('keeps a file for the portal, and takes it for what it is', async () => {
      const session = await open()
      const upload = (body: Buffer, name: string) =>
        send(`${hub.url}/webchat/${hash}/files?name=${name}`, {
          headers: { authorization: `Bearer ${session.token}`, origin: SITE },
          body,
        })
      const page = Buffer.from('<html><script>alert(1)</script></html>')
      for (const name of ['cat.png', 'cat.txt', 'cat.html']) {
        assert.equal((await upload(page, name)).status, 415, name)
      }
      assert.equal((await upload(Buffer.alloc(10 * 1024 * 1024 + 1, 1), 'a.png')).status, 413)
      const large = Buffer.concat([PNG, Buffer.alloc(9 * 1024 * 1024, 3)])
      const { status, body } = await upload(large, 'cat.exe')
      assert.equal(status, 201, body)
      const { id, name } = JSON.parse(body)
      assert.equal(name, 'cat.png')
      const stranger = await open()
      const refusals: [Session, unknown, RegExp][] = [
        [stranger, [id], /^files: no file that this visitor/],
        [session, ['nope'], /^files: no file that this visitor/],
        [session, [id, 'e30.x'], /^files: no file that this visitor/],
        [session, [id, id], /^files: a file is named twice/],
        [session, Array(11).fill(id), /^files: /],
        [session, 'cat.png', /^files: /],
        [session, [7], /^files: /],
      ]
      for (const [visitor, files, words] of refusals) {
        const answer = await post(visitor, { id: 'f', text: 'a cat', files })
        assert.equal(answer.status, 400)
        const { error } = JSON.parse(answer.body)
        assert.equal(error.code, 'HUB_BAD_UPDATE')
        assert.match(error.message, words)
      }
      assert.equal((await post(session, { id: 'f', files: [id] })).status, 200)
      const event = await eventOf(session.chat, 'message.new')
      const [file] = (event.message?.['files'] ?? []) as { url: string }[]
      assert.ok(file)
      const got = await fetch(file.url)
      assert.equal(got.headers.get('content-type'), 'image/png')
      assert.deepEqual(Buffer.from(await got.arrayBuffer()), large)
    })

    it('holds a visitor to 20 files a day', async () => {
      const session = await open()
      const statuses = new Set<number>()
      for (let count = 0; count < 21; count++) {
        const headers = { authorization: `Bearer ${session.token}` }
        const url = `${other.url}/webchat/${hash}/files?name=a.png`
        const { status } = await send(url, { headers, body: PNG })
        if (count < 20) statuses.add(status)
        else assert.equal(status, 429)
      }
      assert.deepEqual([...statuses], [201])
    })

    it('refuses what is not its own', async () => {
      const session = await open()
      const message = { type: 'message.new', id: 'x', text: 'x' }
      for (const origin of ['https://evil.example', 'null', 'http://shop.example']) {
        assert.equal((await post(session, message, { origin })).status, 403, origin)
        for (const path of ['session', 'events', 'config']) {
          const method = path === 'session' ? 'POST' : 'GET'
          const url = `${hub.url}/webchat/${hash}/${path}?token=${session.token}`
          assert.equal((await send(url, { method, headers: { origin } })).status, 403, path)
        }
        const asked = await send(`${hub.url}/webhook?hash=${hash}`, {
          method: 'OPTIONS',
          headers: { origin },
        })
        assert.equal(asked.status, 403)
      }
      const asked = await send(`${hub.url}/webhook?hash=${hash}`, {
        method: 'OPTIONS',
        headers: { origin: SITE, 'access-control-request-method': 'POST' },
      })
      assert.equal(asked.status, 204)
      assert.equal(asked.headers['access-control-allow-origin'], SITE)
      await portal.hub.saveSettings({
        ...LINE,
        line: '2',
        settings: { title: 'Other', origins: SITE },
      })
      const tested = await portal.hub.testConnect<{ status: { webhookUrl: string } }>({
        ...LINE,
        line: '2',
      })
      const second = new URL(tested.status.webhookUrl).searchParams.get('hash') ?? ''
      const foreign = await send(`${hub.url}/webchat/${second}/session`)
      const { token } = JSON.parse(foreign.body)
      assert.equal((await post({ token }, message)).status, 401)
      const events = `${hub.url}/webchat/${hash}/events?token=${token}`
      assert.equal((await send(events, { method: 'GET' })).status, 401)
      assert.equal((await post({ token: '' }, message)).status, 401)
    })

    it('refuses a text that is too long, and what is too much', async () => {
      const session = await open()
      const text = 'a'.repeat(1024 * 1024)
      assert.equal((await post(session, { type: 'message.new', id: 'l', text })).status, 400)
      const statuses: number[] = []
      for (let count = 0; count < 14; count++) {
        const { status, headers } = await post(session, { id: `m${count}`, text: 'hi' })
        statuses.push(status)
        if (status === 429) assert.ok(Number(headers['retry-after']) >= 1)
      }
      const taken = statuses.filter((status) => status === 200).length
      assert.ok(taken >= 8 && taken <= 11, statuses.join())
      assert.equal(statuses.at(-1), 429)
    })

    it('limits the pages that one address holds open', async () => {
      const sessions = await Promise.all(Array.from({ length: 30 }, () => open()))
      await using pages = new AsyncDisposableStack()
      const statuses = await Promise.all(
        Array.from({ length: 300 }, async (_, index) => {
          const { token } = sessions[index % 30] ?? {}
          const url = `${other.url}/webchat/${hash}/events?token=${token}`
          const page = pages.use(await readEvents(url, { 'x-forwarded-for': '198.51.100.7' }))
          return page.status
        }),
      )
      assert.equal(statuses.filter((status) => status === 200).length, 250)
      assert.equal(statuses.filter((status) => status === 429).length, 50)
    })

    it('ends the oldest page when a visitor opens an eleventh, and tells it to stay away', async () => {
      const session = await open()
      const url = `${hub.url}/webchat/${hash}/events?token=${session.token}`
      await using pages = new AsyncDisposableStack()
      const all: EventReader[] = []
      while (all.length < 11) all.push(pages.use(await readEvents(url)))
      const [oldest, ...others] = all
      assert.equal(await oldest?.ended, 'in order')
      assert.deepEqual(
        oldest?.events.map(({ event }) => event),
        ['stream.replaced'],
      )
      await say(session.chat, 'still here')
      for (const page of others) await waitFor(() => page.events.length === 1, 'the message')
    })

    it('sends nothing to a chat that never was', async () => {
      const { id } = await say({ id: 'v0123' }, 'hello')
      const { status } = await waitFor(async () => {
        const found = await portal.hub.getMessageStatus<{ status: string }>({ ...LINE, id })
        return found.status === 'queued' ? undefined : found
      }, 'its end')
      assert.equal(status, 'failed')
    })

    it('serves a widget of at most 30 KB, and a page that sites of others can not frame', async () => {
      const widget = await send(`${hub.url}/webchat/${hash}/widget.js`, {
        method: 'GET',
        headers: { 'accept-encoding': 'br' },
      })
      assert.equal(widget.status, 200)
      assert.equal(widget.headers['content-encoding'], 'br')
      assert.ok(Number(widget.headers['content-length']) < 30 * 1024)
      const address = `${hub.url}/webchat/${hash}`
      const page = await send(address, { method: 'GET' })
      assert.equal(page.status, 200)
      const script = /<script src="([^"]+)"/.exec(page.body)?.[1] ?? ''
      for (const shown of [address, `${address}/`]) {
        assert.equal(new URL(script, shown).href, `${address}/widget.js`, shown)
      }
      assert.match(
        String(page.headers['content-security-policy']),
        /frame-ancestors 'self' https:\/\/shop/,
      )
    })
  })
}
