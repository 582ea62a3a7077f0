import type { Packet } from '../../client/events.ts'
import type { StatusObject } from '../../lines/status-object.ts'
import { ask, broadcast, notify } from './comm-steps.ts'
import type { Narrator } from './narrator.ts'
import { eventsOf, excerpt } from './portal.ts'
import { BOT_TOKEN, LINE, type Stage } from './stage.ts'

/** Only the stand-in for Telegram is given it; nobody opens it. */
const FILE_URL = 'https://files.example/offer.pdf'
const WAITING = ['one', 'two', 'three', 'four', 'five'].map((word) => `message ${word}`)

type Step = (narrator: Narrator, stage: Stage) => Promise<void>

/** The main job of the hub, in the order in which it is told. */
export const steps: readonly Step[] = [
  introduce,
  connect,
  receive,
  answer,
  sendButtonFileAndEdit,
  switchPortalOff,
  switchPortalOn,
  ask,
  broadcast,
  notify,
]

async function introduce(narrator: Narrator, { app, telegram, portal }: Stage): Promise<void> {
  narrator.begin('What is running, all of it on this machine')
  narrator.say(`hub       ${app.url}   SQLite store in a temporary folder`)
  narrator.say(`portal    ${portal.url}   the CRM side, built on src/client`)
  narrator.say(`Telegram  ${telegram.url}   a stand-in for api.telegram.org`)
  await narrator.see('the hub says that it is ready (GET /readyz → 200)', async () => {
    const response = await fetch(`${app.url}/readyz`)
    return response.status === 200
  })
}

interface TestResult {
  readonly ok: boolean
  readonly webhookInstalled: boolean
  readonly status: { readonly status: string; readonly webhookUrl: string }
}

async function connect(narrator: Narrator, stage: Stage): Promise<void> {
  const { app, hub, portal, portalId, telegram } = stage
  narrator.begin('The portal connects its Telegram bot')
  narrator.say(`portal → hub   POST ${app.url}/rpc/${portalId}   (signed JSON-RPC)`)
  const settings = { token: BOT_TOKEN, apiRoot: telegram.url }
  await narrator.act('saveSettings: the line is saved', async () => {
    const saved = await hub.saveSettings<{ status: string }>({ ...LINE, settings })
    return saved.status === 'saved'
  })
  const tested = await narrator.act('testConnect: the line is connected', async () => {
    const result = await hub.testConnect<TestResult>(LINE)
    if (!result.ok) throw new Error(JSON.stringify(result))
    return result.status.status === 'connected' && result
  })
  await narrator.see('the portal gave the challenge of a signed connection.test back', () =>
    portal.find(({ type }) => type === 'connection.test'),
  )
  narrator.say(`webhook URL of this line: ${tested.status.webhookUrl}`)
  await narrator.see('the webhook is installed at Telegram (setWebhook)', () =>
    telegram
      .callsOf('setWebhook')
      .some(({ params }) => params['url'] === tested.status.webhookUrl && tested.webhookInstalled),
  )
}

async function receive(narrator: Narrator, { app, portal, personWrites }: Stage): Promise<void> {
  narrator.begin('A person writes "Hello 👋" to the bot')
  narrator.say(`Telegram → hub   POST ${app.url}/webhook?hash=…`)
  await narrator.act(
    'the hub answered 200: the message is committed to the store',
    async () => (await personWrites('Hello 👋')) === 200,
  )
  narrator.say(`hub → portal     POST ${portal.url}   (signed)`)
  const isGreeting = (packet: Packet): boolean =>
    eventsOf(packet).some(
      (event) => event.type === 'message.new' && event.message.text === 'Hello :wave:',
    )
  const { headers, packet } = await narrator.see(
    'the portal has the packet, its signature is good, the emoji is a short name',
    () => portal.find(isGreeting),
  )
  narrator.say(`webhook-id: ${headers['webhook-id']}`)
  narrator.say(`webhook-timestamp: ${headers['webhook-timestamp']}`)
  narrator.say(`webhook-signature: ${headers['webhook-signature']}`)
  narrator.show(excerpt(packet))
}

async function answer(narrator: Narrator, { hub, portal, telegram }: Stage): Promise<void> {
  narrator.begin('The portal answers "Hello Ann :grinning:"')
  narrator.say('portal → hub   sendMessage')
  const sent = await narrator.act('the hub has queued it', () =>
    hub.sendMessage<{ id: string }>({
      ...LINE,
      chat: { id: '55' },
      message: { text: 'Hello [b]Ann[/b] :grinning:' },
      key: 'greeting-1',
    }),
  )
  narrator.say(`hub → Telegram   POST ${telegram.url}/bot<token>/sendMessage`)
  const call = await narrator.see('it is at Telegram, as "Hello Ann 😀" with bold type', () =>
    telegram.callsOf('sendMessage').find(({ params }) => params['text'] === 'Hello Ann 😀'),
  )
  narrator.show({ text: call.params['text'], entities: call.params['entities'] })
  const status = await narrator.see('the portal was told: message.status "sent"', () =>
    portal.events.find(
      (event) =>
        event.type === 'message.status' && event['out'] === sent.id && event['status'] === 'sent',
    ),
  )
  narrator.show(status)
}

async function sendButtonFileAndEdit(narrator: Narrator, stage: Stage): Promise<void> {
  const { hub, telegram } = stage
  const chat = { id: '55' }
  narrator.begin('An operator sends a button, a file, and corrects the text')
  const offer = await narrator.act('sendMessage with a button', () =>
    hub.sendMessage<{ id: string }>({
      ...LINE,
      chat,
      message: { text: 'Your offer', buttons: [[{ text: 'Accept', payload: 'accept-7' }]] },
    }),
  )
  const file = await narrator.act('sendMessage with a file', () =>
    hub.sendMessage<{ id: string }>({
      ...LINE,
      chat,
      message: { files: [{ url: FILE_URL, name: 'offer.pdf', kind: 'document' }] },
    }),
  )
  const shown = await narrator.see('Telegram shows the text with the button', () =>
    telegram.callsOf('sendMessage').find(({ params }) => params['text'] === 'Your offer'),
  )
  narrator.show(shown.params['reply_markup'])
  await narrator.see('and fetches the file by its link, in the order of the calls', () =>
    telegram.callsOf('sendDocument').find(({ params }) => params['document'] === FILE_URL),
  )
  const { messageIds } = await narrator.see('the portal was told the id of the offer', () =>
    statusOf(stage, offer.id),
  )
  const edit = await narrator.act('updateMessage with that id', () =>
    hub.updateMessage<{ id: string }>({
      ...LINE,
      chat,
      message: { id: messageIds[0] ?? '', text: 'Your [b]new[/b] offer' },
    }),
  )
  await narrator.see('Telegram shows "Your new offer"', () =>
    telegram.callsOf('editMessageText').find(({ params }) => params['text'] === 'Your new offer'),
  )
  await narrator.see(
    'the portal was told of all three',
    () => statusOf(stage, file.id) && statusOf(stage, edit.id),
  )
}

function statusOf(
  { portal }: Stage,
  out: string,
): { readonly messageIds: readonly string[] } | undefined {
  return portal.events.find(
    (event) => event['out'] === out && event['status'] === 'sent',
  ) as unknown as { readonly messageIds: readonly string[] } | undefined
}

/** Straight from the store: getStatus, a call of the portal, would be a sign of life and make the locked line due. */
async function readStatus({ app, portalId }: Stage): Promise<StatusObject> {
  const { services } = app
  const address = { portalId, connector: LINE.connector, externalId: LINE.line }
  return await services.lineOperations.statusOf(address)
}

async function switchPortalOff(narrator: Narrator, stage: Stage): Promise<void> {
  narrator.begin('The portal is switched off, five messages come in')
  await narrator.act('the portal is off', async () => {
    await stage.portal.switchOff()
    return true
  })
  for (const text of WAITING) {
    await narrator.act(
      `"${text}": the hub answered 200`,
      async () => (await stage.personWrites(text)) === 200,
    )
  }
  const status = await narrator.see('all five wait in the store, the line is locked', async () => {
    const { queue, lockout } = await readStatus(stage)
    return queue.depth === WAITING.length && lockout && { queue, lockout }
  })
  narrator.say(
    'this is what getStatus tells (read from the store here: a call of the portal would be',
  )
  narrator.say('a sign of life, and its locked line would be tried at once):')
  narrator.show(status)
}

async function switchPortalOn(narrator: Narrator, stage: Stage): Promise<void> {
  narrator.begin('The portal comes back')
  const before = stage.portal.messages.length
  await narrator.act(`the portal is on again at ${stage.portal.url}`, async () => {
    await stage.portal.switchOn()
    return true
  })
  narrator.say('the hub tries again when the lock has run out: a probe of one event, then 2, 4, …')
  await narrator.see('the queue is empty and the lock is gone', async () => {
    const { queue, lockout } = await readStatus(stage)
    return queue.depth === 0 && !lockout
  })
  const events = await narrator.see('all five messages have arrived', () => {
    const arrived = stage.portal.messages.slice(before)
    return arrived.length >= WAITING.length && arrived
  })
  narrator.show(events.map(({ id, message }) => `${id}  ${message.text}`))
  await narrator.act(
    'in the order in which they were written',
    async () => events.map(({ message }) => message.text).join() === WAITING.join(),
  )
  await narrator.act(
    'each exactly once (five different event ids)',
    async () =>
      new Set(events.map(({ id }) => id)).size === WAITING.length &&
      events.length === WAITING.length,
  )
}
