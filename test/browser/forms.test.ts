import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import type { FakeTelegram } from '../fakes/telegram.ts'
import { ADMIN_ENV, askConsole, makeLink, OPERATOR } from '../helpers/console.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { BOT_TOKEN, connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { Stage } from './stage.ts'

const SETTINGS = '/lines/1?tab=settings'

describe('forms of the console', () => {
  let stage: Stage
  let hub: TestHub
  let portal: TestPortal
  let telegram: FakeTelegram
  const closing: AsyncDisposable[] = []
  before(async () => {
    stage = await Stage.open()
    hub = await startTestHub({ databaseUrl: 'sqlite::memory:', env: ADMIN_ENV })
    telegram = await startTelegramWithBot()
    portal = await addTestPortal(hub)
    closing.push(stage, telegram, portal, hub)
    await connectTelegram(portal, telegram)
  })
  after(async () => {
    for (const one of closing) await one[Symbol.asyncDispose]()
  })

  it('ask whoever is about to leave one that is not saved, however he leaves', async () => {
    await using view = await stage.view(hub.url)
    const { page } = view
    await view.signIn()
    await page.getByRole('link', { name: 'Lines', exact: true }).click()
    await page.locator('tbody a').first().click()
    await page.getByRole('tab', { name: 'Settings' }).click()
    const token = page.getByLabel('Bot token')
    await token.fill('half-typed')
    const ways = [
      () => page.getByRole('link', { name: 'Portals' }).click(),
      () => page.getByRole('tab', { name: 'Trace' }).click(),
      () => page.getByRole('button', { name: 'Sign out' }).click(),
      () => page.goBack(),
      () => page.evaluate('history.go(-2)'),
    ]
    const stay = page.getByRole('button', { name: 'Stay' })
    for (const leave of ways) {
      await leave()
      await page.getByText('There are changes that are not saved: Settings of').waitFor()
      await stay.click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      assert.equal(await token.inputValue(), 'half-typed')
      assert.match(page.url(), /\/lines\/1\?tab=settings$/)
    }
    await view.check()
    await page.goBack()
    await page.getByRole('button', { name: 'Leave without saving' }).click()
    await page.getByRole('tab', { name: 'State', selected: true }).waitFor()
    await page.goBack()
    await page.waitForURL('**/console/lines')
    await page.goForward()
    await page.goForward()
    await token.waitFor()
    assert.equal(await token.inputValue(), '')
    // Nothing is unsaved now, so that nobody is asked.
    await page.getByRole('link', { name: 'Add a portal' }).or(page.getByText('Portals')).click()
    await page.getByRole('link', { name: 'Add a portal' }).click()
    await page.getByLabel('Name').fill('New')
    await page.goBack()
    await page.getByText('There are changes that are not saved: Add a portal').waitFor()
  })

  it('say who is second to change a line, who may look, or put his changes on top', async () => {
    await using first = await stage.view(hub.url)
    await using second = await stage.view(hub.url)
    for (const view of [first, second]) {
      await view.signIn()
      await view.open(SETTINGS)
    }
    const before = await settingsOf(hub)
    await fillIn(first.page, 'Bot token', `4242:of-the-first-${'0'.repeat(30)}`)
    await save(first.page)
    await first.page.getByText('Saved. Test the line').waitFor()
    await second.page.getByText('More settings').click()
    await second.page.getByLabel('How updates come').selectOption('polling')
    await save(second.page)
    await second.page.getByText('Somebody else has saved these settings', { exact: true }).waitFor()
    await second.check()
    assert.equal(await second.page.getByLabel('How updates come').inputValue(), 'polling')
    assert.deepEqual(await settingsOf(hub), before)
    await second.page.getByRole('button', { name: 'Save my changes on top' }).click()
    await second.page.getByText('Saved. Test the line').waitFor()
    assert.equal((await settingsOf(hub))['mode'], 'polling')

    // Now the first is second, and looks.
    await fillIn(first.page, 'Bot token', `4242:of-the-first-again-${'0'.repeat(24)}`)
    await save(first.page)
    await first.page.getByRole('button', { name: 'Load what is stored' }).click()
    await first.page.getByText('Somebody else').waitFor({ state: 'detached' })
    await first.page.getByText('More settings').click()
    assert.equal(await first.page.getByLabel('How updates come').inputValue(), 'polling')
  })

  it('of a wizard mark a name of a line that the hub refuses, and one that is taken', async () => {
    await using view = await stage.view(hub.url)
    const { page } = view
    await view.signIn()
    await view.open('/connect/telegram')
    const name = page.getByLabel('Line in the portal')
    await page.getByLabel('Bot token').fill('1:other')
    const { body: before } = await askConsole(hub, OPERATOR, '/v1/lines/1/settings')
    for (const [typed, problem] of [
      ['my line', 'From 1 to 64 characters of'],
      ['12', 'This is taken already.'],
    ] as const) {
      await name.fill(typed)
      await page.getByRole('button', { name: 'Save and test' }).click()
      await page.getByText(problem).waitFor()
      assert.equal(await name.getAttribute('aria-invalid'), 'true', typed)
    }
    const { body: now } = await askConsole(hub, OPERATOR, '/v1/lines/1/settings')
    assert.deepEqual(now, before)
    await view.check()
  })

  it('of a wizard end the trace that it began, however it is left', async () => {
    await using view = await stage.view(hub.url)
    const { page } = view
    await view.signIn()
    const leave = [
      () => page.getByRole('link', { name: 'Lines', exact: true }).click(),
      () => page.goto('about:blank'),
    ]
    for (const goAway of leave) {
      await view.open(`/connect/telegram?portal=${portal.id}&line=12`)
      await fillIn(page, 'Bot token', BOT_TOKEN)
      await page.getByText('More settings').click()
      await fillIn(page, 'Bot API address', telegram.url)
      await page.getByRole('button', { name: 'Save and test' }).click()
      await page.getByText('the hub records what passes').waitFor()
      assert.ok(await isTraced(hub))
      await goAway()
      await waitFor(async () => !(await isTraced(hub)))
    }
  })

  it('say so when their portal is switched off while they are open', async () => {
    await using view = await stage.view(hub.url)
    const { page } = view
    await page.goto((await makeLink(portal)).url)
    await view.open(SETTINGS)
    await page.getByLabel('Bot token').fill('half-typed')
    await askConsole(hub, OPERATOR, `/v1/portals/${portal.id}/disable`, { method: 'POST' })
    await page.getByText('your portal was disabled or removed from this hub').waitFor()
    await view.check()
    assert.equal(await page.getByLabel('Bot token').inputValue(), 'half-typed')
    await askConsole(hub, OPERATOR, `/v1/portals/${portal.id}/enable`, { method: 'POST' })
  })
})

async function fillIn(page: Page, label: string, value: string): Promise<void> {
  await page.getByLabel(label).first().fill(value)
}

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save', exact: true }).click()
}

async function isTraced(hub: TestHub): Promise<boolean> {
  const { body } = await askConsole(hub, OPERATOR, '/v1/lines/1/trace')
  return (body as { trace?: unknown }).trace !== undefined
}

async function settingsOf(hub: TestHub): Promise<Record<string, string | null>> {
  const { body } = await askConsole(hub, OPERATOR, '/v1/lines/1/settings')
  return (body as { settings: Record<string, string | null> }).settings
}
