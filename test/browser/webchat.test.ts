import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../helpers/chromium.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'webchat', line: '1' }
const AXE = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

describe('the web chat in a browser', () => {
  const stack = new AsyncDisposableStack()
  let hub: TestHub
  let portal: TestPortal
  let browser: Browser
  let shop: string
  let chat: string

  before(async () => {
    const [store] = testStores()
    assert.ok(store)
    const { databaseUrl } = stack.use(await store.open())
    hub = stack.use(await startTestHub({ databaseUrl }))
    portal = stack.use(await addTestPortal(hub))
    browser = await launchChromium()
    stack.defer(() => browser.close())
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', `script-src ${hub.url}; style-src 'none'`)
      response.end(`<!doctype html><html lang="en"><title>Shop</title>
        <main><h1>Shop</h1></main><script src="${chat}/widget.js" async></script></html>`)
    }).listen(0, '127.0.0.1')
    stack.defer(() => void server.close())
    await once(server, 'listening')
    shop = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const settings = { title: 'Garden shop', origins: shop, color: '#f2c200', language: 'en' }
    await portal.hub.saveSettings({ ...LINE, settings })
    const tested = await portal.hub.testConnect<{ status: { webhookUrl: string } }>(LINE)
    chat = `${hub.url}/webchat/${new URL(tested.status.webhookUrl).searchParams.get('hash')}`
  })
  after(() => stack.disposeAsync())

  async function visit(
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<{ page: Page; context: BrowserContext; faults: string[] }> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    await page.goto(shop)
    return { page, context, faults }
  }

  const write = async (page: Page, text: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'Your message' }).fill(text)
    await page.keyboard.press('Enter')
  }
  const textsAtPortal = (): string[] =>
    portal.server.events.flatMap(({ type, message }) =>
      type === 'message.new' ? [message?.text ?? ''] : [],
    )

  it('is written to with the keyboard alone, shows markup as typed, and lives through a reload', async () => {
    const { page, context, faults } = await visit()
    await page.getByRole('button', { name: 'Open the chat' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Garden shop' }).waitFor()
    await page.keyboard.type('<script>document.title = "taken"</script>')
    await page.keyboard.press('Enter')
    await page.getByText('<script>document.title = "taken"</script>').waitFor()
    const events = await portal.server.waitForEvents(2)
    const written = events.find(({ type }) => type === 'message.new')
    assert.equal(written?.message?.text, '<script>document.title = "taken"</script>')
    assert.ok(events.some(({ type, ref }) => type === 'chat.started' && ref === `${shop}/`))
    const id = written.chat?.id ?? ''
    const message = {
      text: '<img src=x onerror=alert(1)> [b]bold[/b]',
      buttons: [[{ text: 'Fine' }]],
    }
    await portal.hub.sendMessage({ ...LINE, chat: { id }, message })
    await page.locator('strong', { hasText: 'bold' }).waitFor()
    await page.reload()
    await page.getByText('<img src=x onerror=alert(1)> bold').waitFor()
    assert.equal(await page.getByText('<img src=x onerror=alert(1)> bold').count(), 1)
    assert.equal(await page.title(), 'Shop')
    await page.getByRole('button', { name: 'Fine' }).click()
    await page.keyboard.press('Escape')
    const launcher = page.getByRole('button', { name: 'Open the chat' })
    await launcher.waitFor()
    assert.ok(await launcher.evaluate((button) => button.matches(':focus')))
    assert.deepEqual(faults, [])
    assert.deepEqual(await context.cookies(), [])
    await context.close()
  })

  it('keeps what is written without a connection, and sends it in order', async () => {
    const { page, context } = await visit()
    await page.getByRole('button', { name: 'Open the chat' }).click()
    await write(page, 'before')
    await waitFor(() => textsAtPortal().includes('before'), 'the first message')
    await context.setOffline(true)
    for (const text of ['one', 'two', 'three']) await write(page, text)
    await page.getByText('Waiting for a connection').last().waitFor()
    assert.ok(!textsAtPortal().includes('one'))
    await context.setOffline(false)
    await page.getByText('Waiting for a connection').first().waitFor({ state: 'detached' })
    await page.getByText('Waiting for a connection').last().waitFor({ state: 'detached' })
    await waitFor(() => textsAtPortal().includes('three'), 'the last message')
    assert.deepEqual(textsAtPortal().slice(-4), ['before', 'one', 'two', 'three'])
    await context.close()
  })

  it('has nothing that axe finds, light and dark, small and large', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        const { page, context } = await visit({
          colorScheme,
          viewport: { width, height: 740 },
          bypassCSP: true,
        })
        await page.getByRole('button', { name: 'Open the chat' }).click()
        await write(page, 'Do you have tulips?')
        await page.addScriptTag({ content: AXE })
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; help: string }[] }> }
          }
          return (await axe.run()).violations.map(({ id, help }) => `${id}: ${help}`)
        })
        assert.deepEqual(violations, [], `${colorScheme} ${width}`)
        await context.close()
      }
    }
  })
})
