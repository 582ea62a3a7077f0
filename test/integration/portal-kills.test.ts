import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { findLastingPort } from '../chaos/free-ports.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { runCliJson } from '../helpers/cli.ts'
import { send } from '../helpers/http.ts'
import { TEST_KEY } from '../helpers/hub.ts'
import { type HubProcess, startHubProcess } from '../helpers/hub-process.ts'
import { PERSON, WALKING_PORTALS } from '../helpers/portal-walks.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'
import { BOT_ID, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LADDER = Array<string>(40).fill('1').join(',')
const PATIENCE_MS = 30_000
/** Those at which an answer may have been between the messenger and the store. */
const KILLS_WITH_ANSWERS = 2

for (const store of testStores()) {
  describe(`a hub that is killed, on ${store.name}`, { concurrency: true }, () => {
    for (const name of Object.keys(WALKING_PORTALS)) {
      it(`loses nothing of a portal of the kind ${name}`, () => walk(store, name))
    }
  })
}

async function walk(store: TestStore, name: string): Promise<void> {
  const { dialect, start } = WALKING_PORTALS[name] ?? assert.fail(`no portal ${name}`)
  await using stack = new AsyncDisposableStack()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const portal = stack.use(await start())
  const port = await findLastingPort()
  const hub = stack.use(new Killable(databaseUrl, port))
  const { url: hubUrl, env } = hub
  const fields = Object.entries(portal.settings).flatMap(([key, value]) => [
    '--set',
    `${key}=${value}`,
  ])
  const add = ['portal', 'add', 'Shop', portal.url, '--dialect', dialect, ...fields]
  const { id: portalId } = await runCliJson<{ id: string }>(add, env)
  await hub.start()
  const around = { hubUrl, env, portalId, apiRoot: telegram.url }
  await portal.connect(around)
  await hub.killAndStart()
  await portal.connect(around)

  const person = new Person(telegram)
  const areShown = (): Promise<unknown> =>
    waitFor(
      () => portal.shown().includes(String(person.written)),
      () => `message ${person.written}, shown are ${portal.shown()}; ${hub.output()}`,
      PATIENCE_MS,
    )
  const answer = async (text: string, id: number): Promise<void> => {
    await portal.answer(hubUrl, text, id)
    if (portal.isAnswered) return
    await waitFor(() => sentBy(telegram).includes(text), `${text} at the messenger`, PATIENCE_MS)
  }
  await person.writes(1)
  await areShown()
  await answer('A1', 301)
  await hub.killAndStart()

  await Promise.all([person.writes(6), hub.killAndStart(15)])
  await areShown()
  await portal.leave()
  await person.writes(2)
  await hub.killAndStart(50)
  await person.writes(1)
  await portal.comeBack()
  await areShown()

  await answer('A2', 302)
  await answer('A3', 303)
  await hub.killAndStart(5)
  await answer('A4', 304)
  await waitFor(() => sentBy(telegram).includes('A4'), 'the last answer', PATIENCE_MS)
  await person.writes(1)
  await areShown()

  const numbers = Array.from({ length: person.written }, (_, index) => String(index + 1))
  const shown = portal.shown()
  assert.deepEqual([...new Set(shown)], numbers)
  if (!portal.isRepeating) assert.deepEqual(shown, numbers)
  const again = new Set(numbers.filter((one) => shown.indexOf(one) !== shown.lastIndexOf(one)))
  assert.ok(shown.length - numbers.length <= again.size, `at most once more each: ${shown}`)
  const sent = sentBy(telegram)
  assert.deepEqual([...new Set(sent)], ['A1', 'A2', 'A3', 'A4'])
  assert.ok(sent.length <= 4 + KILLS_WITH_ANSWERS, `only what was in flight again: ${sent}`)
  portal.check()
}

function sentBy(telegram: FakeTelegram): string[] {
  return [...telegram.taken]
    .filter(({ method }) => method === 'sendMessage')
    .map(({ params }) => String(params['text']))
}

/** Her messages are numbers from 1. Telegram brings each again until it is taken. */
class Person {
  written = 0
  readonly #telegram: FakeTelegram

  constructor(telegram: FakeTelegram) {
    this.#telegram = telegram
  }

  async writes(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const number = ++this.written
      const from = { id: PERSON, is_bot: false, first_name: 'Ann' }
      const chat = { id: PERSON, type: 'private', first_name: 'Ann' }
      const message = { message_id: number, from, chat, date: seconds(), text: String(number) }
      const update = { update_id: 7000 + number, message }
      await waitFor(() => this.#isTaken(update), `message ${number} to be taken`, PATIENCE_MS)
    }
  }

  async #isTaken(update: object): Promise<boolean> {
    const { webhook } = this.#telegram.bot(BOT_ID)
    assert.ok(webhook, 'the line has a webhook')
    const headers = {
      'content-type': 'application/json',
      'x-telegram-bot-api-secret-token': webhook.secretToken ?? '',
    }
    return await send(webhook.url, { headers, body: JSON.stringify(update) }).then(
      ({ status }) => status === 200,
      () => false,
    )
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** A hub that always has the same address, in one process after the other. */
class Killable implements AsyncDisposable {
  readonly url: string
  readonly env: Readonly<Record<string, string>>
  #process: HubProcess | undefined

  constructor(databaseUrl: string, port: number) {
    this.url = `http://127.0.0.1:${port}`
    this.env = {
      HUB_DATABASE_URL: databaseUrl,
      HUB_SECRET_KEY: TEST_KEY,
      HUB_PORT: String(port),
      HUB_PUBLIC_URL: this.url,
      HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
      HUB_LOCKOUT_LADDER: LADDER,
    }
  }

  /** Of the process that runs. */
  output(): string {
    return this.#process?.output() ?? ''
  }

  async start(): Promise<void> {
    this.#process = await startHubProcess(this.env)
  }

  async kill(afterMs = 0): Promise<void> {
    await delay(afterMs)
    await this.#process?.kill('SIGKILL')
  }

  async killAndStart(afterMs = 0): Promise<void> {
    await this.kill(afterMs)
    await this.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
