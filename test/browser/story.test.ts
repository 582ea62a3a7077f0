import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { startFakePortal } from '../fakes/portal.ts'
import { ADMIN_ENV, askConsole, OPERATOR } from '../helpers/console.ts'
import { startTestHub, type TestHub } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { BOT_ID, BOT_TOKEN, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { Stage } from './stage.ts'

describe('the story of a first day at the console', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.open()
  })
  after(() => stage[Symbol.asyncDispose]())

  for (const { name, open } of testStores()) {
    it(`on ${name}: token, portal, Telegram, first message, portal down and up, dead letter`, async () => {
      await using store = await open()
      // Nobody waits for the ladder here: what was to be tried at once was asked for.
      const env = { ...ADMIN_ENV, HUB_LOCKOUT_LADDER: '600' }
      await using hub = await startTestHub({ databaseUrl: store.databaseUrl, env })
      await using telegram = await startTelegramWithBot()
      await using portal = await startFakePortal()
      await using view = await stage.view(hub.url)
      // One more process where the store allows it: it alone is asked about traces.
      await using second =
        name === 'mariadb' ? await startTestHub({ databaseUrl: store.databaseUrl, env }) : undefined
      const { page } = view
      if (second) await askAt(page, second, '**/lines/1/trace*')
      const write = (text: string) => telegram.personWrites({ botId: BOT_ID, chatId: 77, text })
      const press = (button: string) => page.getByRole('button', { name: button }).click()

      // First start: whoever has the token comes in, nobody else.
      await page.goto('/console/')
      await page.getByLabel('Admin token').fill('not-the-token')
      await press('Sign in')
      await page.getByText('This is not the admin token.').waitFor()
      await view.signIn()
      await page.getByRole('link', { name: 'Add a portal' }).click()

      // A portal, whose secret is shown this once.
      await page.getByLabel('Name').fill('Acme CRM')
      await page.getByLabel('Address').fill(portal.url)
      await press('Add the portal')
      await page.getByText('Copy the secret now').waitFor()
      const secret = await page.locator('code', { hasText: /^whsec_/ }).textContent()
      portal.secrets = [secret ?? '']
      await view.check()
      await page.getByRole('link', { name: 'Connect a channel' }).last().click()
      await page.getByRole('link', { name: 'Telegram', exact: true }).click()

      // The wizard: what is wrong is said before anything is sent, and by the channel afterwards.
      const token = page.getByLabel('Bot token')
      await token.fill('nonsense')
      await token.blur()
      await page.locator('.field.faulty').first().waitFor()
      await token.fill(`${BOT_ID}:a-token-that-telegram-does-not-know-000`)
      await page.getByText('More settings').click()
      await page.getByLabel(/API/).first().fill(telegram.url)
      await press('Save and test')
      await page.getByText('The channel does not take the settings').waitFor()
      assert.equal(await token.getAttribute('aria-invalid'), 'true')
      await token.fill(BOT_TOKEN)
      await press('Save and test')
      await page.getByText(/The channel answers: .*desk_bot/).waitFor()
      await page.getByText(/The portal answers/).waitFor()
      await page.getByText('Waiting for the first message').waitFor()
      // What it says is in no journal, so that the line is traced until it is there.
      await page.getByText('the hub records what passes').waitFor()
      await view.check()
      await waitFor(() => hub.logText().includes('trace.started'))
      await write('Hello from the first customer')
      await page.getByText('The first message is here').waitFor()
      await page.locator('.bubble', { hasText: 'Hello from the first customer' }).waitFor()
      await waitFor(async () => !(await isTraced(hub)))
      await page.getByText('The portal took it').waitFor()
      await page.getByRole('link', { name: 'Open the line' }).click()
      await view.settle()

      // The portal goes down: the lock is shown, and goes when it is back and somebody says so.
      portal.answer({ status: 503 })
      await write('Are you there?')
      await page.getByText('The portal does not take messages').waitFor()
      await view.check()
      portal.answer()
      await press('Try now')
      await page.getByText('The portal is tried now.').waitFor()
      await page.getByText('The portal does not take messages').waitFor({ state: 'detached' })

      // What it refuses for good is a dead letter, until it is delivered again.
      portal.answer(({ body }) => ({
        body: {
          accepted: [],
          rejected: (body.events ?? []).map(({ id }) => ({ id, reason: 'unknown user' })),
        },
      }))
      await write('Refused')
      await page.getByRole('tab', { name: /Dead letters 1/ }).click()
      await page.getByText('unknown user').waitFor()
      await view.check()
      portal.answer()
      await press('Deliver all again')
      await page.getByText('1 dead letter is back in the queue.').waitFor()
      await page.getByText('No dead letters').waitFor()
      assert.equal(portal.events.at(-1)?.message?.text, 'Refused')

      // A test message, and its status.
      await page.getByRole('tab', { name: 'Test message' }).click()
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await page.locator('.climb li.reached', { hasText: 'Sent' }).waitFor()
      await view.check()
    })
  }
})

/** Requests of these addresses go to another process. */
async function askAt(page: Page, { url: origin }: TestHub, addresses: string): Promise<void> {
  await page.route(addresses, async (route) => {
    const { pathname, search } = new URL(route.request().url())
    const headers = { ...(await route.request().allHeaders()), origin }
    await route.fulfill({
      response: await route.fetch({ url: `${origin}${pathname}${search}`, headers }),
    })
  })
}

async function isTraced(hub: TestHub): Promise<boolean> {
  const { body } = await askConsole(hub, OPERATOR, '/v1/lines/1/trace')
  return (body as { trace?: unknown }).trace !== undefined
}
