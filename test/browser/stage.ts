import assert from 'node:assert/strict'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../helpers/chromium.ts'
import { ADMIN_TOKEN } from '../helpers/console.ts'

export interface ViewOptions {
  readonly width?: number
  readonly height?: number
  readonly language?: 'en' | 'ru'
  readonly scheme?: 'light' | 'dark'
}

const PATIENCE_MS = 10_000

/** A browser for a whole file of tests. */
export class Stage implements AsyncDisposable {
  readonly #browser: Browser
  readonly #axe: string

  private constructor(browser: Browser, axe: string) {
    this.#browser = browser
    this.#axe = axe
  }

  static async open(): Promise<Stage> {
    return new Stage(await launchChromium(), axe.source)
  }

  /** A window of its own, with cookies of its own. */
  async view(hubUrl: string, options: ViewOptions = {}): Promise<View> {
    const { width = 1280, height = 860, language = 'en', scheme = 'light' } = options
    const context = await this.#browser.newContext({
      baseURL: hubUrl,
      viewport: { width, height },
      locale: language === 'ru' ? 'ru-RU' : 'en-US',
      colorScheme: scheme,
    })
    context.setDefaultTimeout(PATIENCE_MS)
    return new View(context, await context.newPage(), this.#axe)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}

/** Somebody's window, and all that went wrong in it. */
export class View implements AsyncDisposable {
  readonly page: Page
  /** Errors of the page's own code, and whatever its Content-Security-Policy has stopped. */
  readonly faults: string[] = []
  readonly #context: BrowserContext
  readonly #axe: string

  constructor(context: BrowserContext, page: Page, axe: string) {
    this.#context = context
    this.page = page
    this.#axe = axe
    page.on('pageerror', (error) => this.faults.push(String(error)))
    page.on('console', (message) => {
      const text = message.text()
      // Refusals that a test brings about are told by the browser, too.
      if (message.type() === 'error' && !text.startsWith('Failed to load')) this.faults.push(text)
    })
  }

  async signIn(): Promise<void> {
    const { page } = this
    await page.goto('/console/')
    await page.locator('input[type=password]').fill(ADMIN_TOKEN)
    await page.locator('button[type=submit]').click()
    await page.locator('nav.menu').waitFor({ state: 'attached' })
  }

  /** Opens a page and waits until what it shows is there. */
  async open(path: string): Promise<void> {
    await this.page.goto(`/console${path}`)
    await this.settle()
  }

  async settle(): Promise<void> {
    await this.page.locator('main h1').waitFor()
    await this.page.locator('.skeleton').first().waitFor({ state: 'detached' })
  }

  /** Nothing keeps anybody out, nothing was stopped, nothing is wider than the window. */
  async check(): Promise<void> {
    const where = this.page.url()
    const broken = await this.page.evaluate(
      `${this.#axe};axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
    )
    assert.deepEqual(broken, [], where)
    assert.ok((await this.overflow()) <= 0, `${where} scrolls sideways`)
    assert.deepEqual(this.faults, [], where)
  }

  /** By how much the page is wider than the window. */
  overflow(): Promise<number> {
    return this.page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close()
  }
}
