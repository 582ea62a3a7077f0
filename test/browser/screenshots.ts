import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ADMIN_ENV } from '../helpers/console.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { BOT_ID, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { Stage } from './stage.ts'

/** `npm run screenshots`: the pictures of docs/console.md, of a real hub with a fake messenger, in both languages. */

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const PICTURES = {
  overview: '/',
  line: '/lines/1',
  connect: '/connect/telegram',
} as const

await mkdir(FOLDER, { recursive: true })
await using stage = await Stage.open()
await using hub = await startTestHub({ databaseUrl: 'sqlite::memory:', env: ADMIN_ENV })
await using telegram = await startTelegramWithBot()
await using portal = await addTestPortal(hub)
await connectTelegram(portal, telegram)
await telegram.personWrites({ botId: BOT_ID, chatId: 77, text: 'Hello' })
await waitFor(() => portal.server.events.length > 0)
portal.server.answer({ status: 503 })
await telegram.personWrites({ botId: BOT_ID, chatId: 77, text: 'Are you there?' })
for (const language of ['en', 'ru'] as const) {
  await using view = await stage.view(hub.url, { language, width: 1200, height: 760 })
  await view.signIn()
  for (const [name, path] of Object.entries(PICTURES)) {
    await view.open(path)
    await view.page.screenshot({ path: `${FOLDER}console-${name}-${language}.png` })
  }
}
