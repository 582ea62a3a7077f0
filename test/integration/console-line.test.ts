import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { CliHost } from '../helpers/cli-host.ts'
import { ADMIN_ENV, askConsole, comeIn, OPERATOR, type Visitor } from '../helpers/console.ts'
import { type DeliveryRig, startDeliveryRig } from '../helpers/delivery-rig.ts'
import { addTestPortal, TEST_KEY } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { connectTelegram } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

interface Detail {
  readonly status: string
  readonly last24h: Readonly<Record<'received' | 'delivered' | 'sent' | 'failed', number>>
  readonly errors: readonly {
    readonly at: string
    readonly direction: string
    readonly message: string
    readonly evt?: string
    readonly out?: string
  }[]
  readonly displacedBy?: string
  readonly displacer?: { readonly kind: string; readonly line?: string }
}

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

async function idOf({ hub, portal }: DeliveryRig): Promise<number> {
  const { body } = await askConsole(hub, OPERATOR, `/v1/lines?portal=${portal.id}`)
  return (body as { items: { id: number }[] }).items[0]?.id ?? 0
}

async function detailOf({ hub }: DeliveryRig, id: number, visitor: Visitor = OPERATOR) {
  const reply = await askConsole(hub, visitor, `/v1/lines/${id}`)
  assert.equal(reply.status, 200, reply.text)
  return reply.body as Detail
}

async function send({ hub }: DeliveryRig, visitor: Visitor, id: number, chat: string) {
  const body = { chat: { id: chat }, message: { text: 'A test.' } }
  const path = `/v1/lines/${id}/messages`
  const queued = await askConsole(hub, visitor, path, { method: 'POST', body })
  assert.equal(queued.status, 200, queued.text)
  const { id: out } = queued.body as { id: string }
  return await waitFor(async () => {
    const { body: status } = await askConsole(hub, visitor, `${path}/${out}`)
    const { status: word } = status as { status: string }
    return ['sent', 'delivered', 'failed'].includes(word) ? { out, word } : undefined
  }, `an end of ${out}`)
}

for (const store of testStores()) {
  describe(`a line on ${store.name}`, () => {
    it('tells of its last day and its last errors, and sends test messages', async () => {
      await using rig = await startDeliveryRig(store, ADMIN_ENV)
      const id = await idOf(rig)
      const administrator = await comeIn(rig.portal)
      await rig.write('one', 'two')
      const chats = await askConsole(rig.hub, administrator, `/v1/lines/${id}/chats`)
      const [chat] = (chats.body as { items: { id: string }[] }).items
      assert.ok(chat, chats.text)
      assert.equal((await send(rig, administrator, id, chat.id)).word, 'sent')
      const refusal = { ok: false, error_code: 400, description: 'Bad Request: chat not found' }
      rig.telegram.fail('sendMessage', { status: 400, body: refusal })
      const failed = await send(rig, administrator, id, chat.id)
      assert.equal(failed.word, 'failed')
      const counted = { received: 2, delivered: 2, sent: 1, failed: 1 }
      await waitFor(async () => {
        const { last24h } = await detailOf(rig, id, administrator)
        return isDeepStrictEqual(last24h, counted)
      }, 'the counts of all four')
      const [error] = (await detailOf(rig, id)).errors
      assert.deepEqual([error?.direction, error?.out], ['out', failed.out])

      await rig.portal.server.stop()
      await rig.write('three')
      const errors = await waitFor(async () => {
        const found = (await detailOf(rig, id, administrator)).errors
        return found[0]?.evt === undefined ? undefined : found
      }, 'the failure at the portal')
      assert.deepEqual(
        errors.map(({ direction }) => direction),
        ['in', 'out'],
      )
      assert.ok(Date.parse(errors[0]?.at ?? '') >= Date.parse(errors[1]?.at ?? ''))
      await rig.portal.server.start()
    })

    it('says who has displaced it, as far as that may be told', async () => {
      await using rig = await startDeliveryRig(store, ADMIN_ENV)
      const { portal, telegram, hub } = rig
      const id = await idOf(rig)
      const ofPortal = await comeIn(portal)
      const ofLine = await comeIn(portal, { connector: 'telegram', line: '12' })
      const told = async (visitor: Visitor) => {
        const { status, displacedBy = '' } = await detailOf(rig, id, visitor)
        assert.equal(status, 'displaced')
        return displacedBy
      }
      await connectTelegram(portal, telegram, 'second')
      assert.match(await told(ofPortal), /telegram line second \(.*desk_bot\)/i)
      assert.doesNotMatch(await told(ofLine), /second/)
      const { displacer } = await detailOf(rig, id, ofPortal)
      assert.deepEqual([displacer?.kind, displacer?.line], ['line', 'second'])
      assert.deepEqual((await detailOf(rig, id, ofLine)).displacer, { kind: 'own-portal' })

      await connectTelegram(portal, telegram)
      assert.equal((await detailOf(rig, id)).displacedBy, undefined)
      await using other = await addTestPortal(hub)
      await connectTelegram(other, telegram, 'secret-name')
      assert.deepEqual((await detailOf(rig, id, ofPortal)).displacer, { kind: 'other-portal' })
      assert.equal(await told(ofPortal), "another portal's line has connected the same account")
      assert.ok((await told(OPERATOR)).includes(`secret-name`))
      assert.ok((await told(OPERATOR)).includes(other.id))
    })

    it('has a console of its own by a link from the command line', async () => {
      await using rig = await startDeliveryRig(store, ADMIN_ENV)
      const env = {
        ...{ HUB_DATABASE_URL: rig.databaseUrl, HUB_SECRET_KEY: TEST_KEY },
        HUB_PUBLIC_URL: rig.hub.url,
      }
      const { id } = rig.portal
      const line = ['--connector', 'telegram', '--line', '12', '--language', 'ru', '--ttl', '60']
      const link = await cli.json<{ url: string; expiresAt: string }>(
        ['console-link', id, ...line],
        env,
      )
      const response = await fetch(link.url, { redirect: 'manual' })
      assert.equal(response.status, 303)
      const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
      const { body } = await askConsole(rig.hub, { headers: { cookie } }, '/session')
      const session = body as { scope: { kind: string; line: object }; language: string }
      assert.equal(session.scope.kind, 'line')
      assert.deepEqual(
        { ...session.scope.line, language: session.language },
        { id: await idOf(rig), connector: 'telegram', line: '12', language: 'ru' },
      )
      const shown = await cli.run(['console-link', id], env)
      assert.match(shown.stdout, /^http.*\/console\/link\/[\w-]{43}\nIt works once, until 2\d{3}-/)
      for (const [words, message] of [
        [['--ttl', '5'], /--ttl/],
        [['--ttl', 'soon'], /--ttl/],
        [['--language', 'tlh'], /--language/],
        [['--embed-in', 'crm.example/path'], /--embed-in/],
        [['--line', '12'], /--connector/],
      ] as const) {
        const refused = await cli.run(['console-link', id, ...words], env)
        assert.notEqual(refused.code, 0, words.join(' '))
        assert.match(refused.stderr, message)
      }
      const nobody = await cli.run(['console-link', 'prt_nobody'], env)
      assert.notEqual(nobody.code, 0)
      assert.match(nobody.stderr, /no such portal|prt_nobody/)
    })
  })
}
