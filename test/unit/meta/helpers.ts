import { connectors } from '#connectors'
import type { MetaSettings } from '../../../connectors/meta/settings.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { Connector, SendContext } from '../../../src/core/connector.ts'
import type { Line } from '../../../src/core/line.ts'
import { readSettings } from '../../../src/core/settings.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { metaSettings } from '../../helpers/meta-kit.ts'
import { NO_FILES } from '../../helpers/no-files.ts'
import { NOTHING_KEPT } from '../../helpers/nothing-kept.ts'

export type Channel = 'facebook' | 'instagram'

const ignore = (): void => undefined

/** A connector of Meta's with a line of its own, as the hub would make them. */
export function openChannel(
  channel: Channel,
  apiRoot: string,
  more: Readonly<Record<string, string>> = {},
): { connector: Connector<MetaSettings>; line: Line<MetaSettings>; close(): void } {
  const descriptor = connectors.find(({ id }) => id === channel)
  if (!descriptor) throw new Error(`no connector ${channel}`)
  const http = createChannelClient(createTargetGuard(['127.0.0.0/8']))
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const raw = { ...metaSettings(channel === 'facebook' ? 'page' : 'instagram', apiRoot), ...more }
  return {
    connector: descriptor.create({
      http,
      files: NO_FILES,
      ...NOTHING_KEPT,
      clock: systemClock,
      log,
    }) as Connector<MetaSettings>,
    line: {
      id: 1,
      connector: channel,
      settings: descriptor.parseSettings(readSettings(descriptor.fields, raw)) as MetaSettings,
      webhookSecret: 'abcdefghijklmnopqrstuvwxyz_-0123',
      webhookUrl: 'https://hub.example/webhook?hash=0123456789abcdef0123456789abcdef',
    },
    close: () => http.close(),
  }
}

export function sendContext(extra: Partial<SendContext> = {}): SendContext {
  const signal = new AbortController().signal
  const partSent = async (): Promise<void> => undefined
  return { signal, out: 'out_1', attempt: 1, done: [], partSent, ...extra }
}
