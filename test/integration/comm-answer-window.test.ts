import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { FakeNumber } from '../fakes/whatsapp-model.ts'
import { updateFromAnn } from '../fakes/whatsapp-updates.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { testStores } from '../helpers/stores.ts'
import type { TestResultShape } from '../helpers/telegram-line.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

const LINE = { connector: 'whatsapp.cloud', line: '7' }
const TEMPLATE = { sendTemplate: { name: 'paid', language: 'ru' } }
const SCRIPTS = {
  text: [{ send: { text: 'hi' } }],
  template: [{ tag: { add: ['x'] } }, { if: 'return true', then: [TEMPLATE] }],
  'runs-template': [{ run: 'template' }, { send: { text: 'hi' } }],
  'runs-text': [{ run: 'text' }, TEMPLATE],
}

for (const store of testStores()) {
  it(`a broadcast passes over who may not be answered, unless a template comes first, on ${store.name}`, async () => {
    await using database = await store.open()
    await using fake = await startFakeWhatsApp()
    const number = fake.numbers[0] as FakeNumber
    const clock = createJumpClock()
    await using hub = await startTestHub({ databaseUrl: database.databaseUrl, clock })
    await using portal = await addTestPortal(hub)
    const settings = whatsappSettings('whatsapp.cloud', fake.url)
    await portal.hub.saveSettings({ ...LINE, settings })
    const tested = await portal.hub.testConnect<TestResultShape>(LINE)
    const update = updateFromAnn(number, 'wamid.hello')
    await fake.push(tested.status.webhookUrl, update, number.app)
    for (const [code, steps] of Object.entries(SCRIPTS)) {
      await portal.hub.$call('saveScript', { ...LINE, code, steps })
      await portal.hub.$call('saveBroadcast', { ...LINE, code, script: code, filter: {} })
    }
    clock.jump(25 * 3600_000)
    const passed: Record<string, unknown> = {}
    for (const code of Object.keys(SCRIPTS)) {
      const named = { ...LINE, code }
      const { matches } = await portal.hub.$call<{ matches: number }>('previewBroadcast', named)
      const { run } = await portal.hub.$call<{ run: string }>('startBroadcast', named)
      const finished = await waitFor(() =>
        portal.server.events.find(
          (event) => event.type === 'broadcast.finished' && (event as { run?: string }).run === run,
        ),
      )
      const { outsideWindow } = finished as unknown as { outsideWindow: number }
      assert.equal(matches, 1 - outsideWindow)
      passed[code] = outsideWindow
    }
    assert.deepEqual(passed, { text: 1, template: 0, 'runs-template': 0, 'runs-text': 1 })
    await portal[Symbol.asyncDispose]()
    await hub.stop()
  })
}
