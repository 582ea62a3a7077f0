import { createServer } from 'node:http'
import { listen, readBody } from '../harness/listen.ts'
import { serve } from '../harness/serve.ts'

/** As much of Telegram as a line needs to be connected and to send, without limits. Counts what arrives, chat by chat. */
let messages = 0
let disordered = 0
let firstAt = 0
let lastAt = 0
const lastOf = new Map<string, number>()

function answer(method: string, botId: number, params: Record<string, unknown>): unknown {
  if (method === 'getMe') {
    return { id: botId, is_bot: true, first_name: 'Bench', username: `bench_${botId}_bot` }
  }
  if (method === 'getWebhookInfo') return { url: '', pending_update_count: 0 }
  if (method !== 'sendMessage') return true
  const now = performance.now()
  if (messages === 0) firstAt = now
  lastAt = now
  messages += 1
  note(`${botId}:${params['chat_id']}`, Number(params['text']))
  return { message_id: messages, chat: { id: params['chat_id'] }, date: 0 }
}

/** Texts are numbers that rise within a chat. */
function note(chat: string, number: number): void {
  if (number <= (lastOf.get(chat) ?? -1)) disordered += 1
  lastOf.set(chat, number)
}

const server = createServer(async (request, response) => {
  const [, bot = '', method = ''] = (request.url ?? '').split('/')
  const body = (await readBody(request)).toString('utf8')
  const params = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>
  const result = answer(method, Number.parseInt(bot.slice('bot'.length), 10), params)
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ ok: true, result }))
})

serve(await listen(server), {
  stats: () => ({ messages, disordered, seconds: (lastAt - firstAt) / 1000 }),
})
