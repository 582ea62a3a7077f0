import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHub } from '../../src/client/hub.ts'
import { startFakeVk } from '../fakes/vk.ts'
import { statusTo } from '../fakes/whatsapp-updates.ts'
import { addTestPortal, startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { startHubProcess } from '../helpers/hub-process.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

const MESSAGES = 90
const KILLS = 3
/** Chats of a line that are sent to at once: no more can be on their way when a process is killed. */
const MAX_ON_THEIR_WAY = 32
const VK_TOKEN = 'vk1.a.PLANTED-community-token'
const WHATSAPP = { connector: 'whatsapp.cloud', line: '2' } as const
/** How long after a message its first status comes. */
const TOLD_AFTER_MS = 400
const AT_ONCE = 90

interface Status {
  readonly type: string
  readonly key?: string
  readonly status?: string
  readonly uncertain?: true
}

/** A channel with a line: what it has got, and how a message of ours is known there. */
interface Channel {
  readonly name: string
  readonly address: { readonly connector: string; readonly line: string }
  /** Texts that people see, in order; one that is shown twice is there twice. */
  shown(): string[]
}

async function openChannels(store: TestStore) {
  const stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.openEmpty())
  const telegram = stack.use(await startTelegramWithBot())
  const vk = stack.use(await startFakeVk())
  const community = vk.addCommunity({ id: 7, name: 'Desk', token: VK_TOKEN })
  const whatsapp = stack.use(await startFakeWhatsApp())
  const [number] = whatsapp.numbers
  assert.ok(number)
  for (let chat = 0; chat < MESSAGES; chat++) {
    number.people.set(phoneOf(chat), { wroteAt: Date.now() })
  }
  const hub = await startTestHub({ databaseUrl })
  const portal = stack.use(await addTestPortal(hub))
  assert.ok((await connectTelegram(portal, telegram, '2')).ok)
  const vkLine = { connector: 'vk', line: '2' }
  const settings = { groupId: '7', accessToken: VK_TOKEN, apiRoot: vk.url, mode: 'callback' }
  await portal.hub.saveSettings({ ...vkLine, settings })
  assert.ok((await portal.hub.testConnect<{ ok: boolean }>(vkLine)).ok)
  const whatsappOptions = whatsappSettings('whatsapp.cloud', whatsapp.url)
  await portal.hub.saveSettings({ ...WHATSAPP, settings: whatsappOptions })
  const tested = await portal.hub.testConnect<{ ok: boolean; status: { webhookUrl: string } }>(
    WHATSAPP,
  )
  assert.ok(tested.ok)
  await hub.stop()
  const channels: Channel[] = [
    {
      name: 'telegram (nothing to know a repeat by)',
      address: { connector: 'telegram', line: '2' },
      shown: () => telegram.callsOf('sendMessage').map(({ params }) => String(params['text'])),
    },
    {
      name: 'vk (idempotency key)',
      address: vkLine,
      shown: () => community.messages.map(({ params }) => String(params['message'])),
    },
    {
      name: 'whatsapp (tells what it has taken)',
      address: WHATSAPP,
      shown: () =>
        whatsapp.callsOf('messages').map(({ json }) => String((json['text'] as Body).body)),
    },
  ]
  const { pathname, search } = new URL(tested.status.webhookUrl)
  const path = pathname + search
  return {
    databaseUrl,
    portal,
    channels,
    /** Tells the hub of a message as WhatsApp does: again until it is taken. */
    async tell(hubUrl: string, index: number): Promise<boolean> {
      const tag = {
        biz_opaque_callback_data:
          whatsapp.callsOf('messages')[index]?.json['biz_opaque_callback_data'],
      }
      const body = JSON.stringify(statusTo(number, `wamid.sent${index + 1}`, 'sent', tag))
      const headers = whatsapp.sign(body, number.app.secret)
      try {
        const answer = await fetch(hubUrl + path, { method: 'POST', headers, body })
        return answer.status === 200
      } catch {
        return false
      }
    },
    /**
     * The same for several, side by side: on a busy machine the last ones would otherwise be told of too late, and be sent again.
     * Gives how many the hub has taken.
     */
    async tellAll(
      hubUrl: string,
      { from, to }: { readonly from: number; readonly to: number },
    ): Promise<number> {
      const next = Array.from({ length: Math.min(AT_ONCE, to - from) }, (_, at) => from + at)
      const taken = await Promise.all(next.map((index) => this.tell(hubUrl, index)))
      const missed = taken.indexOf(false)
      return missed < 0 ? taken.length : missed
    },
    /** WhatsApp takes the next message and doesn't get round to saying so. */
    loseAnswer(): void {
      whatsapp.fail('messages', { isDone: true, until: new Promise(() => undefined) })
    },
    count: () => whatsapp.callsOf('messages').length,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

interface Body {
  readonly body?: string
}

function phoneOf(chat: number): string {
  return String(49_000_000_000 + chat)
}

for (const store of testStores()) {
  describe(`sends of a hub that is killed on ${store.name}`, () => {
    it('come twice only where nothing can show it, and then say that they may have', async (t) => {
      await using world = await openChannels(store)
      const { portal, channels, databaseUrl } = world
      const env = {
        HUB_DATABASE_URL: databaseUrl,
        HUB_SECRET_KEY: TEST_KEY,
        HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
      }
      let hubUrl = ''
      let isOver = false
      const telling = (async () => {
        for (let told = 0; !isOver; ) {
          await sleep(20)
          const count = world.count()
          if (told === count) continue
          await sleep(TOLD_AFTER_MS)
          told += await world.tellAll(hubUrl, { from: told, to: count })
        }
      })()
      const shown = (): number => channels.reduce((sum, channel) => sum + channel.shown().length, 0)
      for (let life = 0; life <= KILLS; life++) {
        const isLast = life === KILLS
        await using hub = await startHubProcess(env)
        hubUrl = hub.url
        const before = shown()
        const toldBefore = world.count()
        if (!isLast) world.loseAnswer()
        const client = createHub<'sendMessage'>({
          url: hub.url,
          portal: portal.id,
          secret: portal.secret,
        })
        const from = (MESSAGES / (KILLS + 1)) * life
        const to = Math.floor(from + MESSAGES / (KILLS + 1))
        const calls = channels.flatMap(({ address }) =>
          Array.from({ length: to - Math.ceil(from) + 1 }, (_, index) => index + Math.ceil(from))
            .filter((chat) => chat < MESSAGES)
            .map(async (chat) => {
              const text = `text ${chat}`
              const key = `${address.connector} ${chat}`
              const id = address.connector.startsWith('whatsapp') ? phoneOf(chat) : `${chat + 1}`
              await client.sendMessage({ ...address, chat: { id }, message: { text }, key })
            }),
        )
        if (isLast) {
          await Promise.all(calls)
          break
        }
        const settled = Promise.allSettled(calls)
        await waitFor(
          () => shown() >= before + 20 && world.count() > toldBefore,
          'sends under way',
          20_000,
        )
        await hub.kill('SIGKILL')
        const ends = await settled
        assert.ok(ends.length > 0)
      }
      await using last = await startHubProcess(env)
      hubUrl = last.url
      const client = createHub<'sendMessage'>({
        url: last.url,
        portal: portal.id,
        secret: portal.secret,
      })
      // What was not answered is asked for again; the key makes it harmless.
      for (const { address } of channels) {
        await Promise.all(
          Array.from({ length: MESSAGES }, (_, chat) => {
            const id = address.connector.startsWith('whatsapp') ? phoneOf(chat) : `${chat + 1}`
            const message = { text: `text ${chat}` }
            const key = `${address.connector} ${chat}`
            return client.sendMessage({ ...address, chat: { id }, message, key })
          }),
        )
      }
      const sent = (): Status[] =>
        (portal.server.events as unknown as Status[]).filter(
          ({ type, status }) => type === 'message.status' && status === 'sent',
        )
      const keys = (): Set<string | undefined> => new Set(sent().map(({ key }) => key))
      await waitFor(
        () => keys().size === MESSAGES * channels.length,
        () => `all to be sent, ${keys().size} are`,
        60_000,
      )
      isOver = true
      await telling
      for (const channel of channels) t.diagnostic(check(channel, sent()))
    })
  })
}

/** Gives the numbers, for the record. */
function check({ name, address, shown }: Channel, sent: readonly Status[]): string {
  const all = shown()
  const repeated = new Set(all.filter((text, index) => all.indexOf(text) !== index))
  const uncertain = new Set(
    sent.flatMap(({ key, uncertain: is }) =>
      is && key?.startsWith(`${address.connector} `) ? [`text ${key.split(' ')[1]}`] : [],
    ),
  )
  assert.equal(new Set(all).size, MESSAGES, name)
  if (address.connector === 'telegram') {
    assert.ok(repeated.size <= KILLS * MAX_ON_THEIR_WAY)
    assert.ok(repeated.isSubsetOf(uncertain), 'each repeated message says so')
  } else {
    assert.deepEqual([...repeated], [], name)
  }
  return `${name}: ${MESSAGES} sends, ${KILLS} kills, ${repeated.size} repeated, ${uncertain.size} uncertain`
}
