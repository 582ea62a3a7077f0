import { deepMemberOf, textOf, valuesOf } from '../../portal/dialects/bitrix/wire/php-value.ts'
import type { Narrator } from './narrator.ts'
import { type BitrixStage, BOT_TOKEN } from './stage.ts'

const LINE = { connector: 'telegrambot', line: '7' }
const OTHER_LINE = { ...LINE, line: '8' }
const WAITING = ['one', 'two', 'three'].map((word) => `message ${word}`)
/** The portal's own ids of an operator's message. */
const IM = { chat_id: 1807, message_id: 86497 }
const CHAT = { id: '55' }
/** Answers of a portal whose web server runs and whose PHP doesn't. */
const PAGE_OF_ERROR = { status: 500, body: '<html>Fatal error</html>' }

type Step = (narrator: Narrator, stage: BitrixStage) => Promise<void>

/** An on-premise Bitrix24 as it is, with the hub in the place of its connector server. */
export const bitrixSteps: readonly Step[] = [
  introduce,
  connect,
  receive,
  answer,
  edit,
  breakDown,
  displace,
]

async function introduce(narrator: Narrator, stage: BitrixStage): Promise<void> {
  const { app, telegram, portal, nextSteps } = stage
  narrator.begin('What is running, all of it on this machine')
  narrator.say(`hub       ${app.url}   SQLite store in a temporary folder`)
  narrator.say(`portal    ${portal.url}   a stand-in for Bitrix24 with its module imconnector`)
  narrator.say(`Telegram  ${telegram.url}   a stand-in for api.telegram.org`)
  narrator.say('\nAn administrator has added the portal, and done what that says at the portal:')
  narrator.say('  hub portal add "Demo" … --dialect bitrix --set licence=… --set-file key-hash')
  narrator.say(nextSteps[1] ?? '')
  await narrator.act('the portal answers and believes the hub (hub portal test)', async () => {
    const { services } = app
    const added = await services.portalDirectory.find(stage.portalId)
    if (!added) return false
    const address = { lineId: 0, connector: 'telegram', externalLine: LINE.line }
    const tested = await services.speakers.test(added, address, services.stopping.signal)
    if (!tested.ok) throw new Error(tested.error.message)
    return true
  })
}

async function connect(narrator: Narrator, stage: BitrixStage): Promise<void> {
  const { telegram } = stage
  narrator.begin("The portal's own settings page connects a Telegram bot to open line 7")
  narrator.say(
    `portal → hub   POST ${stage.app.url}/imwebhook/portal.php   (signed by its licence)`,
  )
  const form = { api_token: BOT_TOKEN, apiRoot: telegram.url }
  await order(narrator, stage, { ...LINE, command: 'unregister' })
  await order(narrator, stage, { ...LINE, command: 'saveSettings', args: [form] })
  await order(narrator, stage, { ...LINE, command: 'testConnect' })
  await order(narrator, stage, { ...LINE, command: 'register' })
  await narrator.see('the webhook is installed at Telegram (setWebhook)', () =>
    telegram.callsOf('setWebhook').at(-1),
  )
  const info = { connector: 'all', line: '', command: 'infoConnectorsLine', args: [7] }
  narrator.show(await order(narrator, stage, info))
}

async function receive(narrator: Narrator, stage: BitrixStage): Promise<void> {
  narrator.begin('A person writes "Hello 👋" to the bot')
  await narrator.act(
    'the hub answered 200: the message is committed to the store',
    async () => (await stage.personWrites('Hello 👋')) === 200,
  )
  narrator.say(`hub → portal   POST ${stage.portal.url}/pub/imconnector/   receivingMessage`)
  const shown = await narrator.see('an operator sees it in open line 7', () =>
    stage.portal.shown.find(({ text }) => text === 'Hello 👋'),
  )
  const { connector, line, userId, chatId, text } = shown
  narrator.show({ connector, line, userId, chatId, text })
}

async function answer(narrator: Narrator, stage: BitrixStage): Promise<void> {
  narrator.begin('An operator answers')
  const message = { user_id: 27, text: '[b]Anna:[/b] [br]Good [i]day[/i] 😀' }
  const item = { im: IM, message, chat: CHAT }
  await order(narrator, stage, { ...LINE, command: 'sendMessage', args: [[item]] })
  const call = await narrator.see('it is at Telegram', () =>
    stage.telegram
      .callsOf('sendMessage')
      .find(({ params }) => String(params['text']).includes('Good day 😀')),
  )
  narrator.show({ text: call.params['text'], entities: call.params['entities'] })
  await narrator.see('the operator sees that it was sent (receivingStatusDelivery)', () =>
    stage.portal.posts.find(({ command }) => command === 'receivingStatusDelivery'),
  )
}

async function edit(narrator: Narrator, stage: BitrixStage): Promise<void> {
  narrator.begin('The operator corrects the answer')
  const [delivered = null] = stage.portal.items('receivingStatusDelivery')
  const ids = valuesOf(deepMemberOf(delivered, 'message', 'id')).map((id) => textOf(id) ?? '')
  const message = { id: ids, text: '[b]Anna:[/b][br] Good evening' }
  const item = { im: IM, message, chat: CHAT }
  await order(narrator, stage, { ...LINE, command: 'updateMessage', args: [[item]] })
  await narrator.see('Telegram shows "Good evening"', () =>
    stage.telegram
      .callsOf('editMessageText')
      .find(({ params }) => String(params['text']).includes('Good evening')),
  )
}

async function breakDown(narrator: Narrator, stage: BitrixStage): Promise<void> {
  const { portal } = stage
  narrator.begin("The portal's PHP breaks down, three messages come in, it is mended")
  const before = portal.shown.length
  portal.script.push(PAGE_OF_ERROR)
  for (const text of WAITING) {
    await narrator.act(
      `"${text}": the hub answered 200`,
      async () => (await stage.personWrites(text)) === 200,
    )
  }
  const texts = await narrator.see('all three have arrived', () => {
    const arrived = portal.shown.slice(before).map(({ text }) => text)
    return arrived.length >= WAITING.length && arrived
  })
  await narrator.act(
    'in the order in which they were written, each once',
    async () => texts.join() === WAITING.join(),
  )
}

async function displace(narrator: Narrator, stage: BitrixStage): Promise<void> {
  narrator.begin('The same bot is connected to open line 8')
  const form = { api_token: BOT_TOKEN, apiRoot: stage.telegram.url }
  await order(narrator, stage, { ...OTHER_LINE, command: 'saveSettings', args: [form] })
  await order(narrator, stage, { ...OTHER_LINE, command: 'register' })
  await narrator.see('open line 7 is marked as broken in the portal (deactivateConnector)', () =>
    stage.portal.posts.find(
      ({ command, line }) => command === 'deactivateConnector' && line === LINE.line,
    ),
  )
}

/** What the portal's module posts; gives the `DATA` of the answer, where one is awaited. */
async function order(
  narrator: Narrator,
  { app, portal }: BitrixStage,
  command: Parameters<BitrixStage['portal']['order']>[1],
): Promise<unknown> {
  const answered = await narrator.act(`${command.command}: OK`, async () => {
    const reply = await portal.order(app.url, command)
    const isTaken = reply?.text === '' ? reply.status === 200 : reply?.body.OK === true
    if (!isTaken) throw new Error(reply?.text ?? 'no answer')
    return { data: reply?.body.DATA }
  })
  return answered.data
}
