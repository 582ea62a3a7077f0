import { randomBytes } from 'node:crypto'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import type { Store } from '../../src/db/engine/store.ts'
import type { Sender } from '../../test/fakes/bitrix/caller.ts'
import { startFakeTelegram } from '../../test/fakes/telegram.ts'
import type { Bench } from '../bench.ts'
import { type Child, startChild } from './child.ts'
import { withStore } from './fill.ts'
import { type HubProcess, startHub } from './hub.ts'

/** Telegram lets each bot send 30 messages a second: all of what comes for these is sent meanwhile. */
const SENDING_LINES = 12
const WRITTEN_LINE = '7'
/** A portal that was away is tried again at once. */
const LADDER = Array<string>(40).fill('1').join(',')

/** A hub, a Bitrix24 portal in a process of its own, and its lines. */
export interface BitrixSubject extends AsyncDisposable {
  readonly hub: HubProcess
  readonly portal: Child
  readonly sender: Sender
  readonly lines: readonly string[]
  /** Messages of operators in the store, whatever has become of them. */
  countStored(): Promise<number>
  /** Where people's messages to a further line go. */
  readonly target: { readonly path: string; readonly secret: string }
}

export async function openBitrix(bench: Bench): Promise<BitrixSubject> {
  const { options, store, folder } = bench
  await using building = new AsyncDisposableStack()
  const portal = building.use(await startChild('bitrix', null))
  const channel = building.use(await startChild('channel', null))
  const telegram = building.use(await startFakeTelegram())
  const databaseUrl = await store.createDatabase('portals')
  await withStore(databaseUrl, migrateUp)
  const env = { HUB_LOCKOUT_LADDER: LADDER }
  const order = { databaseUrl, folder, isProfiled: options.isProfiled, env }
  const hub = building.use(await startHub(order))
  building.defer(async () => bench.warnOfAll(await hub.readComplaints()))
  const sender = portal.ready as Sender
  const { licence, keyHash } = sender
  const fields = ['--set', `licence=${licence}`, '--set', `keyHash=${keyHash}`]
  await hub.addPortal(sender.domain, ['--dialect', 'bitrix', ...fields])
  const lines = Array.from({ length: SENDING_LINES }, (_, index) => String(100 + index))
  for (const [index, line] of lines.entries()) {
    await connect(portal, hub.url, line, makeToken(index), String(channel.ready))
  }
  const token = makeToken(SENDING_LINES)
  const botId = Number.parseInt(token, 10)
  telegram.addBot({ token, id: botId, username: 'bench_bot' })
  await connect(portal, hub.url, WRITTEN_LINE, token, telegram.url)
  const { webhook } = telegram.bot(botId)
  if (!webhook) throw new Error('the line has no webhook')
  const { pathname, search } = new URL(webhook.url)
  const target = { path: pathname + search, secret: webhook.secretToken ?? '' }
  const resources = building.move()
  return {
    ...{ hub, portal, sender, lines, target },
    countStored: () => withStore(databaseUrl, countMessages),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function countMessages(store: Store): Promise<number> {
  const [row] = await store.rows<{ n: number }>('SELECT COUNT(*) AS n FROM outbox_message')
  return Number(row?.n)
}

function makeToken(index: number): string {
  return `${810_000_000 + index}:${randomBytes(26).toString('base64url')}`
}

/** As the portal's page does it. */
async function connect(
  portal: Child,
  hubUrl: string,
  line: string,
  token: string,
  apiRoot: string,
): Promise<void> {
  for (const [command, args] of [
    ['saveSettings', [{ api_token: token, apiRoot }]],
    ['testConnect', []],
    ['register', []],
  ] as const) {
    const order = { command, connector: 'telegrambot', line, args }
    const { OK, ERROR } = await portal.ask<{ OK?: unknown; ERROR?: unknown }>('call', {
      hubUrl,
      order,
    })
    if (OK !== true) throw new Error(`${command} of line ${line}: ${JSON.stringify(ERROR)}`)
  }
}
