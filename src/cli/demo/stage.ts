import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '#config'
import type { FakeBitrix } from '../../../test/fakes/bitrix/portal.ts'
import type { FakeTelegram } from '../../../test/fakes/telegram.ts'
import { type App, startApp } from '../../app.ts'
import { createHub, type Hub } from '../../client/hub.ts'
import { randomId } from '../../core/ids.ts'
import { makePortalSecret } from '../../lines/portal-secrets.ts'
import { createRootLog } from '../../log/index.ts'
import { DemoPortal } from './portal.ts'

const BOT_ID = 4242
export const BOT_TOKEN = `${BOT_ID}:a-token-that-only-the-demo-knows`

/** As the portal that is written on `src/client` names its line. */
export const LINE = { connector: 'telegram', line: '1' } as const

/** The hub and the messenger, each on a free port of this machine. */
export interface Cast {
  readonly app: App
  readonly telegram: FakeTelegram
  /** A person writes to the bot; gives the HTTP status of the hub's answer. */
  personWrites(text: string, chatId?: number): Promise<number>
  /** True: the hub has taken what the messenger tells of it. */
  personBlocks(chatId: number): Promise<boolean>
}

type DemoMethod =
  | ('saveSettings' | 'testConnect' | 'sendMessage' | 'updateMessage')
  | ('saveScript' | 'scheduleJob' | 'getJob' | 'getRecipient')
  | ('saveBroadcast' | 'startBroadcast' | 'saveNotification')

/** With a portal that is written on `src/client`. */
export interface Stage extends Cast {
  readonly portal: DemoPortal
  readonly portalId: string
  /** The portal's end of the remote methods. */
  readonly hub: Hub<DemoMethod>
}

/** With an on-premise Bitrix24. */
export interface BitrixStage extends Cast {
  readonly portal: FakeBitrix
  readonly portalId: string
  /** What `hub portal add` would say is to be done. */
  readonly nextSteps: readonly string[]
}

export interface StageOptions {
  /** Seconds, as in HUB_LOCKOUT_LADDER. */
  readonly ladder: string
  readonly callTimeoutMs: number
  /** Takes what the hub logs at level warn and above. */
  readonly onLog: (line: string) => void
}

/** Puts the stage up and registers on `cleanup` how each part is taken down again. HUB_* variables play no part. */
export async function setStage(
  cleanup: AsyncDisposableStack,
  options: StageOptions,
): Promise<Stage> {
  const set = await setUp(cleanup, options)
  const { app } = set
  const secret = makePortalSecret()
  const portal = cleanup.use(await DemoPortal.start(secret))
  const portalId = randomId('prt_')
  const { portalRepository, clock } = app.services
  const format = { text: 'bbcode', emoji: 'shortname' } as const
  const made = { id: portalId, name: 'Demo', url: portal.url, secret, format }
  await portalRepository.add({ ...made, dialect: 'native', settings: [] }, clock.now())
  const { callTimeoutMs: timeoutMs } = options
  const hub: Stage['hub'] = createHub({ url: app.url, portal: portalId, secret, timeoutMs })
  return { ...set, portal, portalId, hub }
}

/** The same with the tests' own stand-in for a Bitrix24 portal. */
export async function setBitrixStage(
  cleanup: AsyncDisposableStack,
  options: StageOptions,
): Promise<BitrixStage> {
  const set = await setUp(cleanup, options)
  const { services, url: publicUrl } = set.app
  const { FakeBitrix } = await import('../../../test/fakes/bitrix/portal.ts')
  const portal = cleanup.use(await FakeBitrix.start())
  const made = await services.portalOperations.add({
    name: 'Demo',
    url: portal.url,
    format: { text: 'bbcode', emoji: 'unicode' },
    dialect: 'bitrix',
    settings: portal.settings,
  })
  const added = await services.portalDirectory.find(made.id)
  const dialect = services.dialects.find(({ id }) => id === 'bitrix')
  const nextSteps = (added && dialect?.nextSteps?.(added, { publicUrl })) ?? []
  return { ...set, portal, portalId: made.id, nextSteps }
}

async function setUp(
  cleanup: AsyncDisposableStack,
  { ladder, onLog }: StageOptions,
): Promise<Cast> {
  const folder = await mkdtemp(join(tmpdir(), 'openlines-hub-demo-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const telegram = cleanup.use(await startTelegram())
  const config = parseConfig({
    HUB_PORT: '0',
    HUB_DATABASE_URL: `sqlite:${join(folder, 'hub.sqlite')}`,
    HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
    HUB_LOCKOUT_LADDER: ladder,
    HUB_LOG_LEVEL: 'warn',
  })
  const log = createRootLog(config.logLevel, [], { write: onLog })
  const app = await startApp(config, { log })
  cleanup.defer(() => app.stop())
  return {
    app,
    telegram,
    async personWrites(text, chatId = 55) {
      const pushed = await telegram.personWrites({ botId: BOT_ID, chatId, text })
      return pushed.queued ? 0 : pushed.status
    },
    async personBlocks(chatId) {
      const pushed = await telegram.personBlocks({ botId: BOT_ID, chatId })
      return !pushed.queued && pushed.status === 200
    },
  }
}

/** The tests' own stand-in for Telegram's servers; loaded only here, so that a hub in service never touches `test/`. */
async function startTelegram(): Promise<FakeTelegram> {
  const { startFakeTelegram } = await import('../../../test/fakes/telegram.ts')
  const telegram = await startFakeTelegram()
  telegram.addBot({ token: BOT_TOKEN, id: BOT_ID, username: 'demo_bot', firstName: 'Demo' })
  return telegram
}
