import { createServer } from 'node:http'
import { listen, readBody } from './listen.ts'

/** A Bot API that takes everything at once and remembers when each chat was first written to. */
export interface QuickTelegram extends AsyncDisposable {
  readonly url: string
  /** `performance.now()` of the first message to a chat. */
  readonly sentAt: ReadonlyMap<string, number>
  /** Where updates go, and what shows that they are genuine. */
  readonly webhook: { readonly url: string; readonly secret: string }
}

const BOT = { id: 700_000_001, is_bot: true, first_name: 'Bench', username: 'bench_bot' }

export async function startQuickTelegram(): Promise<QuickTelegram> {
  const sentAt = new Map<string, number>()
  const webhook = { url: '', secret: '' }
  let messageId = 0
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const params = JSON.parse(body.toString() || '{}') as Record<string, unknown>
      const method = request.url?.split('/').at(-1)
      if (method === 'setWebhook') {
        webhook.url = String(params['url'])
        webhook.secret = String(params['secret_token'])
      }
      let result: unknown = true
      if (method === 'getMe') result = BOT
      if (method === 'sendMessage') {
        const chat = String(params['chat_id'])
        if (!sentAt.has(chat)) sentAt.set(chat, performance.now())
        messageId += 1
        result = { message_id: messageId, chat: { id: Number(chat), type: 'private' }, date: 1 }
      }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ok: true, result }))
    })
  })
  const url = await listen(server)
  return {
    url,
    sentAt,
    webhook,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
