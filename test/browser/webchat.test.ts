import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../helpers/chromium.ts'
import { type Front, openFront } from '../helpers/front.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const LINE = { connector: 'webchat', line: '1' }
const RUSSIAN = { connector: 'webchat', line: 'ru' }
const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(1000)])
const AXE = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

describe('the web chat in a browser', () => {
  const stack = new AsyncDisposableStack()
  let hub: TestHub
  let portal: TestPortal
  let browser: Browser
  let other: TestHub
  let front: Front
  let shop: string
  /** By the shop's page: the address of its chat. */
  const chats = new Map<string, string>()

  before(async () => {
    const [store] = testStores()
    assert.ok(store)
    const { databaseUrl } = stack.use(await store.open())
    hub = stack.use(await startTestHub({ databaseUrl }))
    portal = stack.use(await addTestPortal(hub))
    other = stack.use(await startTestHub({ databaseUrl }))
    front = stack.use(await openFront(hub.url))
    browser = await launchChromium()
    stack.defer(() => browser.close())
    const server = createServer(({ url = '/' }, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', `script-src ${front.url}; style-src 'none'`)
      response.end(`<!doctype html><html lang="en"><title>Shop</title>
        <main><h1>Shop</h1></main><script src="${chats.get(url)}/widget.js" async></script></html>`)
    }).listen(0, '127.0.0.1')
    stack.defer(() => void server.close())
    await once(server, 'listening')
    shop = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const settings = { title: 'Garden shop', origins: shop, color: '#f2c200', language: 'en' }
    await connect('/', LINE, settings)
    const russian = { title: 'Сад и огород', origins: shop, language: 'ru', ask: 'contact' }
    await connect('/ru', RUSSIAN, russian)
  })
  after(() => stack.disposeAsync())

  async function connect(page: string, line: typeof LINE, settings: object): Promise<void> {
    await portal.hub.saveSettings({ ...line, settings })
    const tested = await portal.hub.testConnect<{ status: { webhookUrl: string } }>(line)
    const hash = new URL(tested.status.webhookUrl).searchParams.get('hash')
    chats.set(page, `${front.url}/webchat/${hash}`)
  }

  async function visit(
    options: Parameters<Browser['newContext']>[0] = {},
    path = '/',
  ): Promise<{ page: Page; context: BrowserContext; faults: string[] }> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    await page.goto(`${shop}${path}`)
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

  const eventWith = (text: string) =>
    waitFor(() => portal.server.events.find(({ message }) => message?.text === text), text)
  const say = async (chat: { readonly id: string } | undefined, text: string): Promise<void> => {
    await portal.hub.sendMessage({ ...LINE, chat: { id: chat?.id ?? '' }, message: { text } })
  }

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

  it('asks in Russian who writes, and tells the portal', async () => {
    const { page, context, faults } = await visit({ locale: 'ru-RU' }, '/ru')
    await page.getByRole('button', { name: 'Открыть чат' }).click()
    await page.getByText('Чем помочь?').waitFor()
    await page.getByLabel('Ваше имя').fill('Анна')
    await page.getByRole('button', { name: 'Начать разговор' }).click()
    assert.equal(await page.getByRole('textbox', { name: 'Ваше сообщение' }).count(), 0)
    await page.getByLabel('Телефон или почта').fill('+7 900 000-00-00')
    await page.getByRole('button', { name: 'Начать разговор' }).click()
    await page.getByRole('textbox', { name: 'Ваше сообщение' }).fill('Есть тюльпаны?')
    await page.getByRole('button', { name: 'Отправить' }).click()
    const { user } = await eventWith('Есть тюльпаны?')
    assert.deepEqual([user?.name, user?.['phone']], ['Анна', '+7 900 000-00-00'])
    await page.reload()
    await page.getByText('Есть тюльпаны?').waitFor()
    assert.equal(await page.getByLabel('Ваше имя').count(), 0)
    assert.deepEqual(faults, [])
    await context.close()
  })

  it('sends a file that the portal can fetch, and says what it does not take', async () => {
    const { page, context } = await visit()
    await page.getByRole('button', { name: 'Open the chat' }).click()
    const choose = async (name: string, buffer: Buffer): Promise<void> => {
      const chosen = page.waitForEvent('filechooser')
      await page.getByRole('button', { name: 'Attach a file' }).click()
      await (await chosen).setFiles({ name, mimeType: 'image/png', buffer })
    }
    await choose('photo.png', Buffer.from('MZ this is a program'))
    await page.getByText('Only pictures and documents can be sent.').waitFor()
    await choose('tulip.png', PNG)
    await page.getByText('tulip.png').waitFor()
    const { message } = await waitFor(
      () => portal.server.events.find((event) => event.message?.['files'] !== undefined),
      'the file',
    )
    const [file] = (message?.['files'] ?? []) as { name: string; url: string; kind: string }[]
    assert.deepEqual([file?.name, file?.kind], ['tulip.png', 'image'])
    const got = await fetch(file?.url ?? '')
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), PNG)
    await context.close()
  })

  it('shows everything once in each of two tabs', async () => {
    const { page, context } = await visit()
    await page.getByRole('button', { name: 'Open the chat' }).click()
    await write(page, 'from the first tab')
    const { chat } = await eventWith('from the first tab')
    const second = await context.newPage()
    second.setDefaultTimeout(10_000)
    await second.goto(`${shop}/`)
    await write(second, 'from the second tab')
    await eventWith('from the second tab')
    await say(chat, 'to both tabs')
    const texts = ['from the first tab', 'from the second tab', 'to both tabs']
    for (const tab of [page, second]) {
      for (const text of texts) await tab.getByText(text).waitFor()
      for (const text of texts) assert.equal(await tab.getByText(text).count(), 1, text)
    }
    assert.equal(textsAtPortal().filter((text) => text.includes(' tab')).length, 2)
    await context.close()
  })

  it('catches up once after being offline, asleep, or led to another process', async () => {
    const { page, context, faults } = await visit()
    await page.getByRole('button', { name: 'Open the chat' }).click()
    await write(page, 'I am here')
    const { chat } = await eventWith('I am here')
    await say(chat, 'before')
    await page.getByText('before').waitFor()
    await context.setOffline(true)
    await say(chat, 'while offline')
    await context.setOffline(false)
    await page.getByText('while offline').waitFor()
    const session = await context.newCDPSession(page)
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    await say(chat, 'while asleep')
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    await page.getByText('while asleep').waitFor()
    front.leadTo(other.url)
    await say(chat, 'from another process')
    await page.getByText('from another process').waitFor()
    await write(page, 'still here')
    await eventWith('still here')
    const texts = ['before', 'while offline', 'while asleep', 'from another process']
    for (const text of texts) assert.equal(await page.getByText(text).count(), 1, text)
    front.leadTo(hub.url)
    assert.deepEqual(faults, [])
    await context.close()
  })

  it('moves nothing for those who want no motion, and keeps to the keys', async () => {
    const { page, context } = await visit({ reducedMotion: 'reduce' })
    await page.getByRole('button', { name: 'Open the chat' }).focus()
    await page.keyboard.press('Enter')
    const panel = page.getByRole('dialog', { name: 'Garden shop' })
    assert.equal(
      await panel.evaluate(
        (one) => one.ownerDocument.defaultView?.getComputedStyle(one).animationName,
      ),
      'none',
    )
    const launcher = page.getByRole('button', { name: 'Close the chat' }).first()
    assert.match(
      await launcher.evaluate(
        (one) => one.ownerDocument.defaultView?.getComputedStyle(one).transition,
      ),
      /^none/,
    )
    // Long before it is needed: the browser has to be told not to open a window for it.
    const chosen = page.waitForEvent('filechooser')
    await page.keyboard.type('two')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('lines')
    await page.keyboard.press('Tab')
    const send = page.getByRole('button', { name: 'Send' })
    assert.ok(await send.evaluate((one) => one.matches(':focus-visible')))
    await page.keyboard.press('Enter')
    await eventWith('two\nlines')
    await page.keyboard.press('Shift+Tab')
    const clip = page.getByRole('button', { name: 'Attach a file' })
    assert.ok(await clip.evaluate((one) => one.matches(':focus-visible')))
    await page.keyboard.press('Enter')
    await chosen
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Open the chat' }).waitFor()
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
