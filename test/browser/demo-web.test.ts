import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openWebDemo } from '../../src/cli/demo/web.ts'
import { launchChromium } from '../helpers/chromium.ts'

describe('hub demo --web', () => {
  it('shows a message signed, lets messages wait while the portal is down, and answers', async () => {
    await using stack = new AsyncDisposableStack()
    const options = { ladder: '1,1,1', callTimeoutMs: 5000, onLog: () => undefined }
    const url = await openWebDemo(stack, options)
    const browser = await launchChromium()
    stack.defer(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(10_000)
    await page.goto(url)
    const chat = page.frameLocator('iframe')
    const field = chat.getByRole('textbox', { name: 'Your message' })
    const packets = page.locator('#packets')
    const write = async (text: string): Promise<void> => {
      await field.fill(text)
      await field.press('Enter')
    }
    await write('Do you have tulips?')
    await packets.getByText('"text": "Do you have tulips?"').waitFor()
    await packets.getByText('signature checked').first().waitFor()
    await page.getByLabel('Answer the visitor').fill('Yes, [b]red[/b] ones')
    await page.getByRole('button', { name: 'Send' }).first().click()
    await chat.getByText('Yes, red ones').waitFor()
    await page.getByRole('switch', { name: 'Portal down' }).check()
    await write('one')
    await write('two')
    await page.getByText(/Queue: \d+ waiting/).waitFor()
    await page.getByRole('switch', { name: 'Portal down' }).uncheck()
    await packets.getByText('"text": "two"').waitFor()
    await page.getByText('Queue: empty').waitFor()
    const shown = await packets.locator('pre').allTextContents()
    // The newest packet stands first.
    const written = shown
      .toReversed()
      .flatMap((events) => JSON.parse(events) as { type: string; message?: { text: string } }[])
      .flatMap(({ type, message }) => (type === 'message.new' && message ? [message.text] : []))
    assert.deepEqual(written, ['Do you have tulips?', 'one', 'two'])
  })
})
