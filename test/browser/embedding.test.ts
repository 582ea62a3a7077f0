import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { FrameLocator, Page } from 'playwright-core'
import { ADMIN_ENV, makeLink } from '../helpers/console.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'
import { Stage } from './stage.ts'

/** A site that shows whatever it is told to in a frame: `/?<address>`. To browsers it is another site than the hub. */
interface Site extends AsyncDisposable {
  readonly origin: string
}

async function startSite(): Promise<Site> {
  const server = createServer((request, response) => {
    const shown = decodeURIComponent(request.url?.split('?')[1] ?? '')
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><iframe src="${shown}" width="900" height="700"></iframe>`)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function show(page: Page, site: Site, address: string): Promise<FrameLocator> {
  await page.goto(`${site.origin}/?${encodeURIComponent(address)}`)
  return page.frameLocator('iframe')
}

/** What Chromium puts where a frame's page doesn't want to be. */
async function isBlocked(page: Page): Promise<boolean> {
  const handle = await page.locator('iframe').elementHandle()
  const frame = await handle?.contentFrame()
  return frame?.url().startsWith('chrome-error:') ?? false
}

describe('the console in a frame', () => {
  let stage: Stage
  let hub: TestHub
  let portal: TestPortal
  let crm: Site
  let stranger: Site
  const closing: AsyncDisposable[] = []
  before(async () => {
    stage = await Stage.open()
    hub = await startTestHub({ databaseUrl: 'sqlite::memory:', env: ADMIN_ENV })
    const telegram = await startTelegramWithBot()
    portal = await addTestPortal(hub)
    crm = await startSite()
    stranger = await startSite()
    closing.push(stage, telegram, portal, crm, stranger, hub)
    await connectTelegram(portal, telegram)
  })
  after(async () => {
    for (const one of closing) await one[Symbol.asyncDispose]()
  })

  it('can be worked with where the link allows it, and nowhere else', async () => {
    await using view = await stage.view(hub.url)
    const { page } = view
    const { url } = await makeLink(portal, { embedIn: [crm.origin] })
    const frame = await show(page, crm, url)
    await frame.locator('nav.menu').waitFor({ state: 'attached' })
    await frame.getByRole('link', { name: 'Lines', exact: true }).click()
    await frame.locator('tbody a').first().click()
    await frame.getByRole('button', { name: 'Pause sending' }).click()
    await frame.getByRole('dialog').getByRole('button', { name: 'Pause sending' }).click()
    await frame.getByText('Sending is paused.').waitFor()
    assert.deepEqual(view.faults, [])
    const [cookie] = await page.context().cookies(hub.url)
    assert.deepEqual([cookie?.sameSite, cookie?.secure, cookie?.httpOnly], ['None', true, true])

    // Another port of the same host: the browser sends the cookie along, and the page's own rule keeps it out.
    await show(page, stranger, `${hub.url}/console/`)
    assert.ok(await isBlocked(page))
    // Outside of frames of the CRM's site there is no session at all.
    await page.goto('/console/')
    await page.getByLabel('Admin token').waitFor()
  })

  it('is shown by nobody if it was opened by itself', async () => {
    await using view = await stage.view(hub.url)
    const { page } = view
    await view.signIn()
    await show(page, crm, `${hub.url}/console/`)
    assert.ok(await isBlocked(page))
    const { url } = await makeLink(portal)
    await show(page, crm, url)
    assert.ok(await isBlocked(page))
  })

  it('says in the frame, too, that its link was used already', async () => {
    await using view = await stage.view(hub.url)
    const { url } = await makeLink(portal, { embedIn: [crm.origin] })
    await (await show(view.page, crm, url)).locator('nav.menu').waitFor({ state: 'attached' })
    await view.page.reload()
    await view.page.frameLocator('iframe').getByText('This link was used already').waitFor()
    await show(view.page, stranger, url)
    assert.ok(await isBlocked(view.page))
  })
})
