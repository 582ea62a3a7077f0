import {
  addTestPortal,
  startTestHub,
  type TestHub,
  type TestHubOptions,
  type TestPortal,
} from './hub.ts'
import { connectTelegram, startTelegramWithBot } from './telegram-line.ts'

/** One portal with one Telegram line. */
export interface Tenant {
  readonly portal: TestPortal
  readonly lineId: number
  /** Posts an update of Telegram's with this text; gives the HTTP status and how long the answer took. */
  post(text: string, hubUrl?: string): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly ms: number
}

export interface ManyLines extends AsyncDisposable {
  readonly hub: TestHub
  readonly tenants: readonly Tenant[]
}

/** A hub with `count` tenants. */
export async function startManyLines(count: number, options: TestHubOptions): Promise<ManyLines> {
  const stack = new AsyncDisposableStack()
  const telegram = stack.use(await startTelegramWithBot())
  const hub = stack.use(await startTestHub(options))
  const tenants: Tenant[] = []
  for (let index = 0; index < count; index++) {
    const portal = stack.use(await addTestPortal(hub))
    const id = 7000 + index
    const token = `${id}:PLANTED-telegram-token-00000000${1000 + index}`
    telegram.addBot({ token, id, username: `many_${index}_bot`, firstName: 'Many' })
    const report = await connectTelegram(portal, telegram, '1', { token })
    if (!report.ok) throw new Error(`line ${index} did not connect: ${JSON.stringify(report)}`)
    const { url = '', secretToken = '' } = telegram.bot(id).webhook ?? {}
    tenants.push({
      portal,
      lineId: await lineIdOf(hub, portal),
      post: (text, hubUrl = hub.url) =>
        postUpdate(hubUrl + url.slice(new URL(url).origin.length), secretToken, text),
    })
  }
  return { hub, tenants, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function lineIdOf(hub: TestHub, portal: TestPortal): Promise<number> {
  const [row] = await hub.app.services.store.rows<{ id: number }>(
    'SELECT id FROM line WHERE portal_id = ?',
    [portal.id],
  )
  return row?.id ?? 0
}

let updates = 1

async function postUpdate(url: string, secret: string, text: string): Promise<Answer> {
  const number = updates++
  const startedAt = performance.now()
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
    body: JSON.stringify({
      update_id: number,
      message: {
        message_id: number,
        date: 1_767_225_600,
        chat: { id: 5, type: 'private', first_name: 'Ann' },
        from: { id: 5, is_bot: false, first_name: 'Ann' },
        text,
      },
    }),
  })
  await answer.arrayBuffer()
  return { status: answer.status, ms: performance.now() - startedAt }
}
