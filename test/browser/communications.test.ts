import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../helpers/chromium.ts'
import { type CommRig, openCommRig } from '../helpers/comm-rig.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const TOKEN = 'an-admin-token-of-the-tests'
const AXE = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

describe('the communications in the console', () => {
  const stack = new AsyncDisposableStack()
  let rig: CommRig
  let browser: Browser
  let page: Page
  const faults: string[] = []

  before(async () => {
    const [store] = testStores()
    assert.ok(store)
    rig = stack.use(await openCommRig(store, { env: { HUB_ADMIN_TOKEN: TOKEN } }))
    browser = await launchChromium()
    stack.defer(() => browser.close())
    const context = await browser.newContext({ locale: 'en-GB', bypassCSP: true })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => faults.push(error.message))
    await context.request.post(`${rig.hub.url}/admin/api/session`, {
      data: { token: TOKEN },
      headers: { origin: rig.hub.url },
    })
    await rig.says(7001, 'hi', { first_name: 'Anna' })
    await rig.says(7002, 'hi', { first_name: '<script>alert(1)</script>' })
  })
  after(() => stack.disposeAsync())

  const open = (path: string) => page.goto(`${rig.hub.url}/console/communications/${path}`)
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const fill = (name: string, value: string) => page.getByLabel(name).fill(value)
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor()

  async function axeFinds(where: string): Promise<void> {
    await page.addScriptTag({ content: AXE })
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
    })
    assert.deepEqual(found, [], where)
  }

  async function pickRecipient(): Promise<void> {
    await press('Choose a recipient')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('searchbox').fill('anna')
    await dialog.getByText('<script>alert(1)</script>').waitFor({ state: 'detached' })
    await axeFinds('choosing a recipient')
    await dialog.getByRole('button', { name: /Anna/ }).click()
  }

  it('says what to do first where there is nothing yet', async () => {
    for (const [part, text] of [
      ['scripts', 'No scripts yet'],
      ['triggers', 'No triggers yet'],
      ['broadcasts', 'No broadcasts yet'],
      ['jobs', 'No jobs'],
      ['slots', 'No notifications yet'],
    ] as const) {
      await open(part)
      await says(text)
      await axeFinds(part)
    }
  })

  it('writes a script, shows what it would do for somebody, and does it', async () => {
    await open('scripts')
    await page.getByRole('link', { name: 'New script' }).click()
    await fill('Name', 'Добро пожаловать')
    assert.equal(await page.getByLabel('Code').inputValue(), 'dobro-pozhalovat')
    await press('Save')
    await says('It needs at least one step.')
    await press('Add a step')
    await page.getByLabel('Text', { exact: true }).fill('Hello {{ lead.name }}!')
    await page.getByLabel('Buttons').fill('Yes\nNo\n')
    await pickRecipient()
    await press('Show')
    await says('Hello Anna!')
    await press('Save')
    await says('"Добро пожаловать" is saved.')
    assert.deepEqual(
      await rig.call('getScript', { code: 'dobro-pozhalovat' }).then(({ steps }) => steps),
      [
        {
          send: { text: 'Hello {{ lead.name }}!', buttons: [[{ text: 'Yes' }], [{ text: 'No' }]] },
        },
      ],
    )
    assert.deepEqual(rig.sentTo(7001), [], 'nothing is sent by looking')
    await press('Run it now')
    await page.getByRole('dialog').getByRole('button', { name: 'Run it now' }).click()
    assert.deepEqual(await rig.waitForSent(7001, 1), ['Hello Anna!'])
    await axeFinds('a script')
  })

  it('marks the step that the hub finds fault with, also within another one', async () => {
    await open('scripts?new=1')
    await fill('Name', 'Bad')
    await page.getByLabel('Kind of step').selectOption('if')
    await press('Add a step')
    await fill('If (JavaScript)', 'return (')
    await page
      .getByRole('group', { name: 'Then' })
      .getByRole('button', { name: 'Add a step' })
      .click()
    await press('Save')
    const inner = page.getByRole('region', { name: 'Step 1: Send a message' })
    await inner.getByRole('alert').filter({ hasText: 'is empty' }).waitFor()
    const steps = await rig.call('listScripts').then(({ items }) => items)
    assert.equal((steps as unknown[]).length, 1, 'nothing is half saved')
    await page.getByRole('tab', { name: 'As JSON' }).click()
    await page.getByRole('textbox', { name: 'As JSON' }).fill('[{')
    await press('Save')
    await says('This is no valid JSON')
  })

  it('makes a trigger that answers a word, and turns it off', async () => {
    await open('triggers?new=1')
    await fill('Name', 'Price')
    await press('Save')
    await says('Please fill this in.')
    await page.getByLabel('Words').fill('Price')
    await page.getByRole('combobox', { name: /^Script/ }).selectOption('dobro-pozhalovat')
    await press('Save')
    await says('"Price" is saved.')
    await rig.says(7001, ' PRICE ', { first_name: 'Anna' })
    assert.equal((await rig.waitForSent(7001, 2))[1], 'Hello Anna!')
    await axeFinds('a trigger')
    await page.getByRole('link', { name: 'Back' }).click()
    await press('Turn off')
    await page.getByText('Off', { exact: true }).waitFor()
    assert.equal(
      await rig.call('getTrigger', { code: 'price' }).then(({ enabled }) => enabled),
      false,
    )
  })

  it('looks whom a broadcast would reach, starts it and shows how far it is', async () => {
    await open('broadcasts?new=1')
    await fill('Name', 'Spring')
    await page.getByRole('combobox', { name: /^Script/ }).selectOption('dobro-pozhalovat')
    await fill('Quiet from', '22:00')
    await press('Save')
    await says('Please fill this in.')
    await fill('Quiet from', '')
    await fill('Time zone', 'Europe/Berlin')
    await press('Save')
    await says('"Spring" is saved.')
    await press('Look')
    await says('2 people would get it')
    await page.getByText('<script>alert(1)</script>').waitFor()
    await axeFinds('a broadcast')
    await press('Start')
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
    await says('2 of 2')
    await page.getByText('Done', { exact: true }).waitFor()
    assert.equal((await rig.waitForSent(7001, 3)).length, 3)
  })

  it('schedules a job, shows it and cancels it', async () => {
    await open('jobs')
    await press('Schedule a job')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Schedule' }).click()
    await dialog.getByRole('alert').filter({ hasText: 'Please fill this in.' }).first().waitFor()
    await dialog.getByLabel('Which one').selectOption('dobro-pozhalovat')
    await dialog.getByLabel('When').selectOption('after')
    await axeFinds('scheduling')
    await dialog.getByRole('button', { name: 'Choose a recipient' }).click()
    await page.getByRole('dialog').getByRole('button', { name: /Anna/ }).click()
    await dialog.getByRole('button', { name: 'Schedule' }).click()
    await says('The job is scheduled.')
    await page.getByLabel('State').selectOption('scheduled')
    await page.getByRole('button', { name: /^Cancel job job_/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click()
    await says('No jobs in this state')
  })

  it('makes a notification whose address sends, with the texts of its three tabs', async () => {
    await open('slots?new=1')
    await press('Save')
    await page.getByRole('alert').filter({ hasText: 'Please enter text.' }).first().waitFor()
    assert.equal(await page.locator('.tab.faulty').count(), 2)
    await fill('Name', 'Order is ready')
    await page.getByRole('tab', { name: 'Incoming data' }).click()
    await press('Add a row')
    await page.getByLabel('Name for scripts 1').fill('no')
    await page.getByLabel('Key of the request 1').fill('order')
    await page.getByRole('tab', { name: 'Destination' }).click()
    await fill("Template's name", 'order')
    await fill('Namespace', 'shop')
    await page.getByRole('textbox', { name: 'Language' }).fill('en')
    await page.getByLabel('Text', { exact: true }).fill('Order {{ params.no }} is ready')
    await press('Save')
    await says('"Order is ready" is saved.')
    const webhook = (await page.locator('.copy-box code').first().textContent()) ?? ''
    const request = () =>
      fetch(webhook, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ chat_id: '7002', order: 'A-1', is_urgent: true }),
      })
    assert.equal((await request()).status, 200)
    await waitFor(() => rig.sentTo(7002).includes('Order A-1 is ready'), 'the notification')
    await axeFinds('a notification')
    await page.getByRole('link', { name: 'Back' }).click()
    await page.getByRole('button', { name: 'New address: Order is ready' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'New address' }).click()
    await says(/The old one has stopped/)
    assert.equal((await request()).status, 404)
  })

  it('keeps what is filled in when the session ends, and goes on after signing in', async () => {
    await open('scripts?new=1')
    await fill('Name', 'Half written')
    await page.evaluate(`fetch('/admin/api/session', { method: 'DELETE', body: '{}',
      headers: { 'content-type': 'application/json' } })`)
    await press('Add a step')
    await page.getByLabel('Text', { exact: true }).fill('Hello')
    await press('Save')
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
    await dialog.getByLabel('Admin token').fill(TOKEN)
    await axeFinds('signing in again')
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.equal(await page.getByLabel('Name').inputValue(), 'Half written')
    await press('Save')
    await says('"Half written" is saved.')
  })

  it('speaks Russian, on a phone, without anything cut off', async () => {
    await page.setViewportSize({ width: 320, height: 640 })
    await page.evaluate('localStorage.setItem("hub.language", "ru")')
    for (const part of [
      'scripts',
      'scripts?item=dobro-pozhalovat',
      'triggers?item=price',
      'broadcasts?item=spring',
      'jobs',
      'slots',
    ]) {
      await open(part)
      await page.getByRole('heading', { name: 'Коммуникации' }).waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      const tooWide = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      assert.ok(tooWide <= 0, `${part}: ${tooWide}`)
    }
    await page.evaluate('localStorage.removeItem("hub.language")')
    assert.deepEqual(faults, [])
  })
})
