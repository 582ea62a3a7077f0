import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createHub } from '../../src/client/hub.ts'
import type { FakeTelegram } from '../../test/fakes/telegram.ts'
import type { HubProcess, PortalKey } from './hub.ts'
import type { Target } from './probe.ts'

interface TestReport {
  readonly ok: boolean
  readonly channel: unknown
  readonly portal: unknown
}

/** More would only wait for each other at the hub, and a new hub must not be met by hundreds of calls at once. */
const AT_ONCE = 8

/** Connects `count` Telegram lines of one portal, numbered from `first`. Throws when one of them can't be connected. */
export async function connectLines(
  hub: HubProcess,
  key: PortalKey,
  telegram: FakeTelegram,
  count: number,
  first = 0,
): Promise<Target[]> {
  const methods = createHub<'saveSettings' | 'testConnect'>({
    url: hub.url,
    portal: key.id,
    secret: key.secret,
  })
  const connectOne = async (number: number): Promise<Target> => {
    const botId = 700_000_000 + number
    const token = `${botId}:${randomBytes(26).toString('base64url')}`
    telegram.addBot({ token, id: botId, username: `bench_${number}_bot` })
    const place = { connector: 'telegram', line: `bench-${number}` }
    await methods.saveSettings({ ...place, settings: { token, apiRoot: telegram.url } })
    const report = await methods.testConnect<TestReport>(place)
    const webhook = telegram.bot(botId).webhook
    if (!(report.ok && webhook)) {
      throw new Error(`line ${number} could not be connected: ${JSON.stringify(report)}`)
    }
    const hash = new URL(webhook.url).searchParams.get('hash') ?? ''
    return { hash, secret: webhook.secretToken ?? '' }
  }
  const targets: Target[] = []
  while (targets.length < count) {
    const size = Math.min(AT_ONCE, count - targets.length)
    const numbers = Array.from({ length: size }, (_, index) => first + targets.length + index)
    targets.push(...(await Promise.all(numbers.map(connectOne))))
  }
  return targets
}

/** Lines that no hub knows, for servers that don't look. */
export function inventLines(count: number): Target[] {
  return Array.from({ length: count }, () => ({
    hash: randomBytes(16).toString('hex'),
    secret: randomBytes(32).toString('base64url'),
  }))
}

/** Writes what update.lua reads and returns the path. */
export async function writeLines(
  folder: string,
  name: string,
  targets: readonly Target[],
): Promise<string> {
  const file = join(folder, `${name}.lines`)
  await writeFile(file, targets.map(({ hash, secret }) => `${hash} ${secret}\n`).join(''))
  return file
}
