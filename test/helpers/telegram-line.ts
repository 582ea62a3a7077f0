import { type FakeTelegram, startFakeTelegram } from '../fakes/telegram.ts'
import type { TestPortal } from './hub.ts'

export const BOT_ID = 4242
export const BOT_TOKEN = `${BOT_ID}:PLANTED-telegram-token-000000000000`

/** Telegram with one bot. */
export async function startTelegramWithBot(): Promise<FakeTelegram> {
  const telegram = await startFakeTelegram()
  telegram.addBot({ token: BOT_TOKEN, id: BOT_ID, username: 'desk_bot', firstName: 'Desk' })
  return telegram
}

export interface TestResultShape {
  readonly ok: boolean
  readonly channel: {
    readonly ok: boolean
    readonly identity?: string
    readonly error?: { readonly field?: string; readonly code: string }
  }
  readonly portal: { readonly ok: boolean; readonly error?: { readonly code: string } }
  readonly webhookInstalled: boolean
  readonly displaced?: true
  readonly status: StatusShape
}

export interface StatusShape {
  readonly connector: string
  readonly line: string
  readonly status: string
  readonly identity?: string
  readonly webhookUrl: string
  readonly queue: { readonly depth: number; readonly oldestAt?: string }
  readonly lockout?: {
    readonly attempt: number
    readonly lockedUntil: string
    readonly firstFailedAt: string
    readonly lastError: string
  }
  readonly outbound: { readonly depth: number }
  readonly deadLetters: number
}

/** Saves the settings of a Telegram line and tests it. */
export async function connectTelegram(
  portal: TestPortal,
  telegram: FakeTelegram,
  line = '12',
  settings: Readonly<Record<string, unknown>> = {},
): Promise<TestResultShape> {
  const address = { connector: 'telegram', line }
  await portal.hub.saveSettings({
    ...address,
    settings: { token: BOT_TOKEN, apiRoot: telegram.url, ...settings },
  })
  return await portal.hub.testConnect<TestResultShape>(address)
}
