import type { Narrator } from './narrator.ts'
import { LINE, type Stage } from './stage.ts'

/** What a company starts by itself. */

const CHAT = { id: '55' }
const OTHERS = [56, 57] as const
const [, BLOCKER] = OTHERS

const ASK = {
  code: 'city',
  steps: [
    { send: { text: 'In which city are you, {{ lead.name }}?' } },
    { waitReply: { timeoutSec: 3600, save: 'city' } },
    { send: { text: '{{ lead.attributes.city }} it is, thank you.' } },
    { notify: { city: '{{ lead.attributes.city }}' } },
  ],
}

export async function ask(narrator: Narrator, stage: Stage): Promise<void> {
  const { hub, portal } = stage
  narrator.begin('A script asks, and waits for the answer')
  narrator.show(ASK.steps)
  await narrator.act('saveScript', () => hub.saveScript({ ...LINE, ...ASK }))
  const job = await narrator.act('scheduleJob: now, for this chat', () =>
    hub.scheduleJob<{ id: string }>({ ...LINE, script: ASK.code, chat: CHAT }),
  )
  await narrator.see('Telegram shows the question', () =>
    isShown(stage, 'In which city are you, Ann?'),
  )
  await narrator.see('the job waits, in the store', async () => {
    const { state } = await hub.getJob<{ state: string }>({ ...LINE, id: job.id })
    return state === 'waiting'
  })
  await narrator.act('the person writes "Berlin"', async () => {
    return (await stage.personWrites('Berlin')) === 200
  })
  await narrator.see('Telegram shows the thanks', () => isShown(stage, 'Berlin it is, thank you.'))
  const told = await narrator.see('the portal was told: script.notify', () =>
    portal.events.find((event) => event.type === 'script.notify'),
  )
  narrator.show(told['data'])
  await narrator.see('the portal was told: job.finished', () =>
    portal.events.find((event) => event.type === 'job.finished' && event['job'] === job.id),
  )
}

export async function broadcast(narrator: Narrator, stage: Stage): Promise<void> {
  const { hub, telegram, portal } = stage
  narrator.begin('A broadcast to three, one of whom has blocked the bot')
  for (const chatId of OTHERS) {
    await narrator.act(
      `somebody writes in chat ${chatId}`,
      async () => (await stage.personWrites('Hi', chatId)) === 200,
    )
  }
  await narrator.act(`chat ${BLOCKER} blocks the bot`, () => stage.personBlocks(BLOCKER))
  await narrator.see('getRecipient shows it', async () => {
    const chat = { id: String(BLOCKER) }
    const { blockedAt } = await hub.getRecipient<{ blockedAt?: string }>({ ...LINE, chat })
    return blockedAt
  })
  await narrator.act('saveScript, saveBroadcast', async () => {
    const steps = [{ send: { text: 'Spring is here, {{ lead.name }}.' } }]
    await hub.saveScript({ ...LINE, code: 'news', steps })
    return await hub.saveBroadcast({ ...LINE, code: 'spring', script: 'news', filter: {} })
  })
  const { run } = await narrator.act('startBroadcast', () =>
    hub.startBroadcast<{ run: string }>({ ...LINE, code: 'spring' }),
  )
  const finished = await narrator.see('the portal was told: broadcast.finished', () =>
    portal.events.find((event) => event.type === 'broadcast.finished' && event['run'] === run),
  )
  narrator.show(finished)
  const shown = telegram
    .callsOf('sendMessage')
    .filter(({ params }) => params['text'] === 'Spring is here, Ann.')
    .map(({ params }) => String(params['chat_id']))
  await narrator.act(
    'two have it, each once; the third was passed over',
    async () => shown.toSorted().join() === '55,56',
  )
}

const SLOT = {
  name: 'Order shipped',
  destination: LINE,
  incoming: [{ contextKey: 'order', requestKey: 'order_id' }],
  // Of channels with templates; Telegram has none, so that `text` goes out.
  ...{ templateName: 'order_shipped', namespace: 'shop', language: 'en' },
  text: 'Your order {{ params["order"] }} is on its way, {{ data["customer"] }}.',
}

export async function notify(narrator: Narrator, stage: Stage): Promise<void> {
  const { hub, portal } = stage
  narrator.begin("A shop's system sends one message, by a webhook of its own")
  const { id, webhook } = await narrator.act('saveNotification: the slot has an address', () =>
    hub.saveNotification<{ id: number; webhook: string }>(SLOT),
  )
  narrator.say(`shop → hub   POST ${webhook.replace(/::[^/]+/, '::…')}`)
  const order = { chat_id: CHAT.id, order_id: '4711', customer: 'Ann', is_urgent: true }
  narrator.show(order)
  const { task_id: task } = await narrator.act('the hub has queued it', async () => {
    const response = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'order-4711' },
      body: JSON.stringify(order),
    })
    return (await response.json()) as { status: string; task_id: string }
  })
  await narrator.see('Telegram shows it', () =>
    isShown(stage, 'Your order 4711 is on its way, Ann.'),
  )
  const result = await narrator.see('the portal was told: notification.result', () =>
    portal.events.find(
      (event) =>
        event.type === 'notification.result' &&
        event['task'] === task &&
        event['notification'] === id,
    ),
  )
  narrator.show(result)
}

function isShown({ telegram }: Stage, text: string): boolean {
  return telegram.callsOf('sendMessage').some(({ params }) => params['text'] === text)
}
