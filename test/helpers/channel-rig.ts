import type { AppOverrides } from '../../src/app.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from './hub.ts'
import type { TestStore } from './stores.ts'
import type { TestResultShape } from './telegram-line.ts'

/** A hub with one portal and the saved settings of one line, before it is connected. */
export interface ChannelRig extends AsyncDisposable {
  readonly hub: TestHub
  readonly portal: TestPortal
  /** Tests the line, which installs its webhook. */
  connect(): Promise<TestResultShape>
  /** The events at the portal, as soon as there are so many. */
  arrived(count: number): Promise<readonly Record<string, unknown>[]>
}

export interface ChannelLine {
  readonly connector: string
  readonly line: string
  readonly settings: Readonly<Record<string, string>>
}

/** Ends `channel`, the fake that the line is of, when it ends. */
export async function startChannelRig(
  store: TestStore,
  channel: AsyncDisposable,
  { connector, line, settings }: ChannelLine,
  overrides: AppOverrides = {},
): Promise<ChannelRig> {
  const stack = new AsyncDisposableStack()
  stack.use(channel)
  const { databaseUrl } = stack.use(await store.open())
  const hub = stack.use(await startTestHub({ databaseUrl, ...overrides }))
  const portal = stack.use(await addTestPortal(hub))
  await portal.hub.saveSettings({ connector, line, settings })
  return {
    hub,
    portal,
    connect: () => portal.hub.testConnect<TestResultShape>({ connector, line }),
    async arrived(count) {
      return [...(await portal.server.waitForEvents(count))] as unknown as Record<string, unknown>[]
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
