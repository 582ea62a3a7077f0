import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { addTestPortal, startTestHub } from '../helpers/hub.ts'
import { requireProgram } from '../helpers/programs.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { startFakeWhatsApp, whatsappSettings } from '../helpers/whatsapp-kit.ts'

const run = promisify(execFile)
const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/communications.md'), 'utf8')
const EXAMPLE = GUIDE.slice(GUIDE.indexOf('\n## 4. '), GUIDE.indexOf('\n## 5. '))
const PERSON = '491701234567'

function blockOf(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n(.*?)\\n\`\`\``, 's').exec(EXAMPLE)?.[1]
  assert.ok(found, language)
  return found
}

/** As a shop would run them, each as it stands in the guide. */
const CALLERS: readonly (readonly [program: string, args: readonly string[]])[] = [
  ['sh', ['-c', blockOf('sh')]],
  ['php', ['-r', blockOf('php')]],
  ['python3', ['-c', blockOf('python')]],
]

for (const store of testStores()) {
  describe(`example 4 of docs/communications.md on ${store.name}`, () => {
    before(async () => {
      await requireProgram('curl', 'curl')
      await requireProgram('php', 'php-cli')
      await requireProgram('python3', 'python3')
    })

    it('sends the order’s template once, whoever asks for it how often', async () => {
      await using database = await store.open()
      await using fake = await startFakeWhatsApp()
      fake.numbers[0]?.people.set(PERSON, { wroteAt: 0 })
      await using hub = await startTestHub({ databaseUrl: database.databaseUrl })
      await using portal = await addTestPortal(hub)
      const slot = JSON.parse(blockOf('json')) as { destination: Record<string, string> }
      const settings = whatsappSettings('whatsapp.cloud', fake.url)
      await portal.hub.saveSettings({ ...slot.destination, settings })
      await portal.hub.testConnect(slot.destination)
      const { webhook } = await portal.hub.$call<{ webhook: string }>(
        'saveNotification',
        slot as never,
      )
      const tasks: string[] = []
      for (const [program, args] of CALLERS) {
        const { stdout } = await run('env', [`WEBHOOK=${webhook}`, program, ...args])
        tasks.push(/ntf_\w+/.exec(stdout)?.[0] ?? stdout)
      }
      assert.equal(new Set(tasks).size, 1, tasks.join(' '))
      await waitFor(() => fake.callsOf('messages').length > 0)
      const [call] = fake.callsOf('messages')
      assert.equal(call?.json['to'], PERSON)
      assert.deepEqual(call?.json['template'], {
        name: 'order_shipped',
        language: { code: 'en' },
        components: [
          {
            type: 'body',
            parameters: [
              { type: 'text', text: 'Ann' },
              { type: 'text', text: '4711' },
            ],
          },
        ],
      })
      assert.equal(fake.callsOf('messages').length, 1)
    })
  })
}
