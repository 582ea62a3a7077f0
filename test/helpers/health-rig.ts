import assert from 'node:assert/strict'
import { connectors } from '#connectors'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import type { HealthObject } from '../../src/health/health.ts'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from './hub.ts'
import { createJumpClock, type JumpClock } from './jump-clock.ts'
import { type CheckScript, createCheckScript, scriptedConnector } from './scripted-connector.ts'
import type { TestStore } from './stores.ts'
import { BOT_TOKEN, startTelegramWithBot, type TestResultShape } from './telegram-line.ts'
import { nothingUnderWay } from './under-way.ts'
import { waitFor } from './wait-for.ts'

export const SCRIPTED = { connector: 'scripted', line: '7' }

export interface StatusWithHealth {
  readonly status: string
  readonly health: HealthObject
}

/** A hub with one portal and one connected line whose checks find what the script says. */
export interface HealthRig extends AsyncDisposable {
  readonly script: CheckScript
  readonly clock: JumpClock
  readonly hub: TestHub
  readonly portal: TestPortal
  readonly telegram: FakeTelegram
  readonly databaseUrl: string
  status(): Promise<StatusWithHealth>
  /** The line's minute is over, and it is checked. */
  check(): Promise<HealthObject>
  /** The health of the packets so far. */
  told(): readonly HealthObject[]
  waitForTold(count: number): Promise<readonly HealthObject[]>
}

export interface HealthRigOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly connector?: (script: CheckScript) => ConnectorDescriptor
  readonly settings?: Readonly<Record<string, string>>
}

export async function startHealthRig(
  store: Pick<TestStore, 'open'>,
  { env = {}, connector = scriptedConnector, settings = {} }: HealthRigOptions = {},
): Promise<HealthRig> {
  const stack = new AsyncDisposableStack()
  const script = createCheckScript()
  const { databaseUrl } = stack.use(await store.open())
  const telegram = stack.use(await startTelegramWithBot())
  const clock = createJumpClock()
  const hub = stack.use(
    await startTestHub({
      ...{ databaseUrl, clock, env },
      connectors: [...connectors, connector(script)],
    }),
  )
  const portal = stack.use(await addTestPortal(hub))
  await portal.hub.saveSettings({
    ...SCRIPTED,
    settings: { token: BOT_TOKEN, apiRoot: telegram.url, ...settings },
  })
  const tested = await portal.hub.testConnect<TestResultShape>(SCRIPTED)
  assert.equal(tested.ok, true, JSON.stringify(tested))
  const told = (): HealthObject[] =>
    portal.server.packets.flatMap(({ body }) =>
      body.type === 'line.health' ? [body.health as unknown as HealthObject] : [],
    )
  return {
    ...{ script, clock, hub, portal, telegram, databaseUrl, told },
    status: () => portal.hub.getStatus<StatusWithHealth>(SCRIPTED),
    async check() {
      await nothingUnderWay(hub)
      clock.jump(61_000)
      const before = script.checked.length
      const health = await portal.hub.checkLine<HealthObject>(SCRIPTED)
      assert.ok(script.checked.length > before, 'the channel was not asked')
      return health
    },
    async waitForTold(count) {
      await waitFor(
        () => told().length >= count,
        () => `${count} packets of health, got ${JSON.stringify(told())}`,
      )
      return told()
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
