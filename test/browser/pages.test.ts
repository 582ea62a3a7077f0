import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ADMIN_ENV, makeLink } from '../helpers/console.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { Stage, type View } from './stage.ts'

const MARKUP = '<script>alert(1)</script>'
const PAGES = [
  '/',
  '/lines',
  '/lines?q=nothing-is-called-that',
  '/lines/1',
  '/lines/1?tab=messages',
  '/lines/1?tab=dead',
  '/lines/1?tab=send',
  '/lines/1?tab=settings',
  '/lines/1?tab=trace',
  '/connect',
  '/connect/telegram',
  '/connect/whatsapp',
  '/portals',
  '/portals/new',
  '/messages',
  '/messages?id=evt_none',
  '/communications',
  '/nowhere',
]

describe('the pages of the console', () => {
  let stage: Stage
  let hub: TestHub
  let portal: TestPortal
  let other: TestPortal
  const closing: AsyncDisposable[] = []
  before(async () => {
    stage = await Stage.open()
    hub = await startTestHub({ databaseUrl: 'sqlite::memory:', env: ADMIN_ENV })
    const telegram = await startTelegramWithBot()
    portal = await addTestPortal(hub)
    other = await addTestPortal(hub)
    closing.push(stage, telegram, portal, other, hub)
    await connectTelegram(portal, telegram)
    const settings = { token: '1:of-another-portal-and-not-tested-00000000' }
    await other.hub.saveSettings({ connector: 'telegram', line: 'of-another', settings })
  })
  after(async () => {
    for (const one of closing) await one[Symbol.asyncDispose]()
  })

  it('are open to everybody, small, and strict about what they load', async () => {
    const response = await fetch(`${hub.url}/console/`)
    const html = await response.text()
    const policy = response.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'self'.*frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.equal(response.headers.get('cache-control'), 'no-cache')
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file)
    let bytes = html.length
    for (const file of files) {
      const asset = await fetch(`${hub.url}${file}`, { headers: { 'accept-encoding': 'br' } })
      assert.match(asset.headers.get('cache-control') ?? '', /immutable/)
      bytes += Number(asset.headers.get('content-length'))
      await asset.arrayBuffer()
    }
    assert.ok(files.length >= 3 && bytes < 200_000, `${bytes} bytes`)
  })

  for (const look of [
    { width: 1440, language: 'en', scheme: 'light' },
    { width: 320, language: 'ru', scheme: 'dark' },
  ] as const) {
    it(`hold at ${look.width} px, ${look.language}, ${look.scheme}`, async () => {
      await using view = await stage.view(hub.url, look)
      await view.signIn()
      for (const path of PAGES) {
        await view.open(path)
        await view.check()
      }
      assert.equal(await view.page.locator('html').getAttribute('lang'), look.language)
    })
  }

  it('show to a portal its own things alone', async () => {
    await using view = await stage.view(hub.url)
    const { url } = await makeLink(portal)
    await view.page.goto(url)
    await view.settle()
    await view.open('/lines')
    await view.page.locator('tbody tr').first().waitFor()
    assert.equal(await view.page.locator('tbody tr').count(), 1)
    assert.equal(await view.page.getByText('of-another').count(), 0)
    await view.open('/lines/2')
    await view.page.getByText('This could not be loaded').waitFor()
    await view.page.goto(url)
    await view.page.getByText('This link was used already').waitFor()
  })

  it('show names of any kind as text', async () => {
    await using view = await stage.view(hub.url, { width: 320 })
    await view.signIn()
    const names = [MARKUP, 'مرحبا بالعالم \u202e', 'x'.repeat(10_000)]
    await rename(view, names)
    await view.open('/lines')
    await view.page.getByText(MARKUP).first().waitFor()
    await view.check()
    for (const [at] of names.entries()) {
      await view.open(`/lines/${at + 1}`)
      await view.check()
    }
  })

  it('can be worked by keyboard alone', async () => {
    await using view = await stage.view(hub.url)
    await view.signIn()
    const { page } = view
    await page.keyboard.press('Tab')
    await reach(view, 'Lines')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/console/lines')
    await view.settle()
    await view.open('/lines/1')
    await page.getByRole('tab', { name: 'State' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByRole('tab', { name: 'Messages', selected: true }).waitFor()
    await reach(view, 'Disconnect', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal((await focused(view)).trim(), 'Disconnect')
  })

  it('tell who is second to change a line, and that the hub is away until it is back', async () => {
    await using view = await stage.view(hub.url)
    await view.signIn()
    const { page } = view
    await view.open('/lines/2?tab=settings')
    await page.route('**/lines/2/settings', (route) =>
      route.request().method() === 'PUT'
        ? route.fulfill({ status: 409, json: { error: { code: 'HUB_CONFLICT', message: 'x' } } })
        : route.continue(),
    )
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Somebody else has saved these settings', { exact: true }).waitFor()
    await page.unroute('**/lines/2/settings')
    await page.getByRole('button', { name: 'Load what is stored' }).click()
    let isAway = true
    await page.route('**/admin/**', (route) =>
      isAway
        ? route.fulfill({
            status: 503,
            json: { error: { code: 'HUB_STORE_UNAVAILABLE', message: 'x' } },
          })
        : route.continue(),
    )
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByText('The hub can not reach its store. Messages wait').waitFor()
    isAway = false
    await page.getByText('Per second, last five minutes').waitFor()
    assert.equal(await page.locator('.outage').count(), 0)
  })
})

/** What the hub would answer if the channels had told such names. */
async function rename({ page }: View, names: readonly string[]): Promise<void> {
  await page.route(/\/admin\/api\/v1\/lines/, async (route) => {
    const response = await route.fetch()
    const body: unknown = await response.json()
    const { items } = body as { items?: object[] }
    const list = items ?? [body as object]
    const renamed = names.map((name, at) => ({ ...(list[at] ?? list[0]), id: at + 1, name }))
    const wanted = Number(/lines\/(\d+)$/.exec(route.request().url())?.[1] ?? 1)
    const json = items ? { ...(body as object), items: renamed } : renamed[wanted - 1]
    if (response.ok()) await route.fulfill({ response, json })
    else await route.fulfill({ status: 404, json: body as object })
  })
}

function focused({ page }: View): Promise<string> {
  return page.evaluate('document.activeElement.textContent')
}

/** Goes from one stop to the next until it is there. */
async function reach(view: View, name: string, key = 'Tab'): Promise<void> {
  for (let stop = 0; stop < 40; stop += 1) {
    if ((await focused(view)).trim() === name) return
    await view.page.keyboard.press(key)
  }
  assert.fail(`${name} can't be reached`)
}
