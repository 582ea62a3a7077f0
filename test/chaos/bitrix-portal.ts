import { setTimeout as sleep } from 'node:timers/promises'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import type { Answer } from '../fakes/portal-answer.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { addBitrix, connectByPage } from '../helpers/bitrix-rig.ts'
import type { TestHub } from '../helpers/hub.ts'
import { BOT_ID, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { Load, type Target } from './load.ts'
import { Operators } from './operators.ts'
import type { Random } from './random.ts'

/** The person's; her chat is that of `toUpdate`. */
const LINE_INDEX = 500
const PERSON = 1000 + LINE_INDEX
const OTHER_CHATS = 15
/** The person's messages in a second. */
const RATE = 25

/** Of a portal that is well again at once. Nothing that is answered so was shown. */
const BROKEN: readonly Answer[] = [
  { status: 502, body: '<html>Bad gateway</html>' },
  { fault: 'reset' },
  { fault: 'half', body: { OK: true, DATA: [] } },
  { body: '<html>Warning: mysqli_connect()</html>' },
]

/**
 * A Bitrix24 portal among the others: a person keeps writing to a line of its, and its operators keep answering. It and
 * the messenger outlive every hub.
 */
export class BitrixStage implements AsyncDisposable {
  readonly portal: FakeBitrix
  readonly telegram: FakeTelegram
  /** How many of the person's messages were answered 2xx: all before this number. */
  answered = 0
  breakdowns = 0
  readonly #random: Random
  readonly #stopping = new AbortController()
  #load: Load | undefined
  #plague: Promise<void> | undefined
  #operators: Operators | undefined

  private constructor(portal: FakeBitrix, telegram: FakeTelegram, random: Random) {
    this.portal = portal
    this.telegram = telegram
    this.#random = random
  }

  static async start(random: Random): Promise<BitrixStage> {
    return new BitrixStage(await FakeBitrix.start(), await startTelegramWithBot(), random)
  }

  /** Before any hub of the run is there. */
  async addTo(hub: TestHub): Promise<void> {
    await addBitrix(hub, this.portal)
  }

  /** Connects its line by its page, at this hub. */
  async connect(url: string): Promise<void> {
    await connectByPage({ url }, this.portal, this.telegram.url)
  }

  get operators(): Operators {
    if (!this.#operators) throw new Error('nobody answers yet')
    return this.#operators
  }

  begin(hubs: () => readonly string[]): void {
    const random = this.#random
    const { portal } = this
    const chats = Array.from({ length: OTHER_CHATS + 1 }, (_, index) => PERSON + index)
    const posted = (_: number, number: number): void => {
      this.answered = number + 1
    }
    this.#operators = new Operators({ portal, chats, hubs, random })
    this.#operators.start()
    const order = { targets: [this.#target()], hubs, ledger: { posted }, random, rate: RATE }
    this.#load = new Load({ ...order, firstLine: LINE_INDEX })
    this.#load.start()
    this.#plague = this.#breakDown()
  }

  async end(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#load?.stop(), this.#operators?.stop(), this.#plague])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.portal[Symbol.asyncDispose]()
    await this.telegram[Symbol.asyncDispose]()
  }

  #target(): Target {
    const { webhook } = this.telegram.bot(BOT_ID)
    if (!webhook) throw new Error('the line of the Bitrix24 portal has no webhook')
    const { pathname, search } = new URL(webhook.url)
    return { path: pathname + search, secret: webhook.secretToken ?? '' }
  }

  async #breakDown(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await sleep(this.#random.between(2000, 5000), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) break
      this.portal.script.push(this.#random.pick(BROKEN))
      this.breakdowns += 1
    }
    this.portal.script.length = 0
  }
}
