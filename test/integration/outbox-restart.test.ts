import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANN } from '../fakes/whatsapp-updates.ts'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

const LINE = { connector: 'whatsapp.cloud', line: '2' }
/** WhatsApp usually tells of a message within so much. */
const TOLD_WITHIN_MS = 10_000
const STEP_MS = 100

for (const store of testStores()) {
  describe(`a message that was being sent when its process died, on ${store.name}`, () => {
    it('isn’t sent again before the channel could tell of it, however long the hub was away', async () => {
      await using database = await store.openEmpty()
      await using whatsapp = await startFakeWhatsApp()
      const clock = createJumpClock()
      const { databaseUrl } = database
      // It sends nothing by itself.
      const env = { HUB_ROLES: 'ingress,inbox,jobs' }
      await using first = await startTestHub({ databaseUrl, clock, env })
      await using portal = await addTestPortal(first)
      const settings = whatsappSettings('whatsapp.cloud', whatsapp.url)
      await portal.hub.saveSettings({ ...LINE, settings })
      assert.ok((await portal.hub.testConnect<{ ok: boolean }>(LINE)).ok)
      await portal.hub.sendMessage({ ...LINE, chat: { id: ANN.wa_id }, message: { text: 'half' } })
      const { store: db } = first.app.services
      const begunAt = clock.now() - 3_600_000
      await db.run("UPDATE outbox_message SET state = 'sending', updated_at = ?", [begunAt])
      await first.stop()
      const startedAt = clock.now()
      await using _second = await startTestHub({ databaseUrl, clock })
      await waitFor(() => {
        if (whatsapp.callsOf('messages').length > 0) return true
        clock.jump(STEP_MS)
        return false
      }, 'the message to be sent')
      const waitedMs = clock.now() - startedAt
      assert.ok(waitedMs >= TOLD_WITHIN_MS, `${waitedMs} ms`)
    })
  })
}
