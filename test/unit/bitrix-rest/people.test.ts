import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StoredEvent } from '../../../src/core/inbox.ts'
import { type RenderedEvent, writeStored } from '../../../src/core/stored-event.ts'
import { People } from '../../../src/portal/dialects/bitrix-rest/people.ts'
import { toPortalChat } from '../../../src/portal/dialects/bitrix-rest/portal-ids.ts'
import { createDialectMemory } from '../../helpers/dialect-memory.ts'

const AT = '2026-11-20T09:07:36.000Z'

function stored(event: RenderedEvent): StoredEvent {
  return { ...writeStored(event), seq: 1, createdAt: 0 }
}

function written(chatId: string, name: string): StoredEvent {
  const who = { user: { id: `u-${name}`, name }, chat: { id: chatId } }
  return stored({ type: 'message.new', at: AT, ...who, message: { id: 'm', text: 'x' } })
}

describe('who was last seen in a chat', () => {
  it('is known to the next process, for events that name the chat alone', async () => {
    const { lines } = createDialectMemory()
    await new People(lines).of(7, [written('55', 'Ann')])
    const status = stored({
      ...{ type: 'message.status', at: AT, chat: { id: '55' } },
      ...{ status: 'failed', messageIds: [] },
    })
    const personOf = await new People(lines).of(7, [status])
    assert.equal(personOf('55')?.name, 'Ann')
    assert.equal(personOf('56'), undefined)
    assert.equal((await new People(lines).of(8, [status]))('55'), undefined)
  })

  it('is stored once, and anew when it is another', async () => {
    const { lines } = createDialectMemory()
    let writes = 0
    const counted = {
      read: lines.read,
      write: (...args: Parameters<typeof lines.write>) => {
        writes++
        return lines.write(...args)
      },
    }
    const people = new People(counted)
    for (const name of ['Ann', 'Ann', 'Bob', 'Bob']) await people.of(7, [written('55', name)])
    assert.equal(writes, 2)
    assert.equal((await people.find(7, '55'))?.name, 'Bob')
  })

  it('brings the chat back that is too long for the portal', async () => {
    const { lines } = createDialectMemory()
    const long = `19:${'x'.repeat(300)}@thread.v2`
    await new People(lines).of(7, [written(long, 'Ann')])
    assert.equal(await new People(lines).chatBehind(7, toPortalChat(long)), long)
    assert.equal(await new People(lines).chatBehind(8, toPortalChat(long)), undefined)
  })
})
