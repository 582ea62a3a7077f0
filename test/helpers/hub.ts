import { PassThrough } from 'node:stream'
import { parseConfig } from '#config'
import { connectors } from '#connectors'
import { type App, type AppOverrides, startApp } from '../../src/app.ts'
import { createHub } from '../../src/client/hub.ts'
import { randomId } from '../../src/core/ids.ts'
import type { TextFormat } from '../../src/core/portal.ts'
import { makePortalSecret } from '../../src/lines/portal-secrets.ts'
import { createRootLog } from '../../src/log/index.ts'
import { secretFieldsOf } from '../../src/log/process-log.ts'
import { methodApis } from '../../src/portal/methods/own-api.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { type FakePortal, startFakePortal } from '../fakes/portal.ts'
import { checkAnswer, type Results } from './api-check.ts'

export interface TestHub extends AsyncDisposable {
  readonly app: App
  readonly url: string
  /** Everything the hub has logged so far, as text. */
  readonly logText: () => string
  /** Ends it and starts another one on the same store. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface TestHubOptions extends AppOverrides {
  readonly databaseUrl: string
  readonly env?: Readonly<Record<string, string>>
}

export const TEST_KEY = Buffer.alloc(32, 7).toString('base64')

/** A whole hub in this process, on a free port, over real HTTP and the given store. */
export async function startTestHub({
  databaseUrl,
  env,
  ...overrides
}: TestHubOptions): Promise<TestHub> {
  const config = parseConfig({
    HUB_DATABASE_URL: databaseUrl,
    HUB_PORT: '0',
    HUB_SECRET_KEY: TEST_KEY,
    HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8,::1/128',
    HUB_LOG_LEVEL: 'debug',
    ...env,
  })
  const chunks: string[] = []
  const sink = new PassThrough()
  sink.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')))
  const secretFields = secretFieldsOf([...connectors, ...(overrides.dialects ?? [])])
  const log = overrides.log ?? createRootLog(config.logLevel, secretFields, sink)
  let app = await startApp(config, { ...overrides, log })
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await app.stop()
  }
  return {
    get app() {
      return app
    },
    get url() {
      return app.url
    },
    logText: () => chunks.join(''),
    async restart() {
      await app.stop()
      app = await startApp(config, { ...overrides, log })
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

export type MethodName =
  | 'ping'
  | 'listConnectors'
  | 'listLines'
  | 'saveSettings'
  | 'testConnect'
  | 'getSettings'
  | 'getStatus'
  | 'checkLine'
  | 'disconnect'
  | 'sendMessage'
  | 'updateMessage'
  | 'deleteMessage'
  | 'sendTyping'
  | 'markRead'
  | 'getMessageStatus'
  | 'findMessage'
  | 'confirmDelivery'
  | 'retryNow'
  | 'listDeadLetters'
  | 'replayDeadLetters'
  | 'deleteDeadLetters'
  | 'rotateSecret'
  | 'createConsoleLink'
  | 'startTrace'
  | 'stopTrace'
  | 'getTrace'
  | 'listRecipients'
  | 'getRecipient'
  | 'updateRecipient'
  | 'linkRecipients'
  | 'openDialog'
  | 'closeDialog'
  | 'saveScript'
  | 'getScript'
  | 'listScripts'
  | 'deleteScript'
  | 'testScript'
  | 'saveTrigger'
  | 'getTrigger'
  | 'listTriggers'
  | 'deleteTrigger'
  | 'scheduleJob'
  | 'getJob'
  | 'cancelJob'
  | 'listJobs'
  | 'saveBroadcast'
  | 'listBroadcasts'
  | 'deleteBroadcast'
  | 'previewBroadcast'
  | 'startBroadcast'
  | 'getBroadcast'
  | 'pauseBroadcast'
  | 'resumeBroadcast'
  | 'cancelBroadcast'
  | 'saveNotification'
  | 'listNotifications'
  | 'deleteNotification'
  | 'regenerateNotificationWebhook'
  | 'createApiToken'
  | 'listApiTokens'
  | 'revokeApiToken'
  | 'createConversation'
  | 'getChat'
  | 'listTemplates'
  | 'sendTemplate'

export interface TestPortal extends AsyncDisposable {
  readonly id: string
  readonly secret: string
  readonly server: FakePortal
  readonly hub: ReturnType<typeof createHub<MethodName>>
}

/** `fetch` that holds what remote methods answer against their schemas, those of connectors' own methods too. */
function checkedFetch(registry: () => Registry): typeof fetch {
  let results: Results | undefined
  return async (input, init) => {
    const response = await fetch(input, init)
    results ??= new Map(methodApis(registry()).map(({ name, result }) => [name, result]))
    checkAnswer(String(init?.body), await response.clone().text(), results)
    return response
  }
}

/** A portal of that hub: its server, and its end of the remote methods. */
export async function addTestPortal(
  hub: TestHub,
  format: TextFormat = { text: 'bbcode', emoji: 'shortname' },
): Promise<TestPortal> {
  const secret = makePortalSecret()
  const { portalRepository, clock } = hub.app.services
  const now = (): number => clock.now()
  const server = await startFakePortal({ secrets: [secret], now })
  const id = randomId('prt_')
  const made = { id, name: 'Test', url: server.url, secret, format }
  await portalRepository.add({ ...made, dialect: 'native', settings: [] }, clock.now())
  return {
    id,
    secret,
    server,
    hub: createHub<MethodName>({
      url: hub.url,
      portal: id,
      secret,
      now,
      fetch: checkedFetch(() => hub.app.services.registry),
    }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
    },
  }
}
