import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startDeliveryRig } from '../helpers/delivery-rig.ts'
import { send } from '../helpers/http.ts'
import { addTestPortal, startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { startHubProcess } from '../helpers/hub-process.ts'
import { residentBytes } from '../helpers/memory.ts'
import { testStores } from '../helpers/stores.ts'
import {
  BOT_ID,
  BOT_TOKEN,
  connectTelegram,
  startTelegramWithBot,
} from '../helpers/telegram-line.ts'

const MEGABYTE = 1024 * 1024
const FILE_BYTES = 200 * MEGABYTE
const PIECE = Buffer.alloc(256 * 1024, 'x')
const LINE = { connector: 'telegram', line: '12' }
const PHOTO = [{ file_id: 'F1', file_unique_id: 'u', width: 1, height: 1 }]

interface WithFiles {
  readonly message?: { readonly files?: readonly { readonly url: string }[] }
}

function linkOf(event: object | undefined): string {
  const url = (event as WithFiles | undefined)?.message?.files?.[0]?.url
  assert.ok(url !== undefined && !url.includes(BOT_TOKEN))
  return url
}

/** 200 MB made on the way, as fast as they are taken. */
function serveLarge(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': String(FILE_BYTES) })
  let left = FILE_BYTES
  const write = (): void => {
    while (left > 0) {
      left -= PIECE.length
      if (!response.write(PIECE)) return void response.once('drain', write)
    }
    response.end()
  }
  write()
}

async function open(url: string): Promise<IncomingMessage> {
  const answered = once(request(url, { agent: false }).end(), 'response')
  const [response] = (await answered) as [IncomingMessage]
  return response
}

async function readAll(response: IncomingMessage, everyBytes?: number): Promise<number> {
  let size = 0
  let pauseAt = everyBytes ?? Number.POSITIVE_INFINITY
  for await (const piece of response) {
    size += (piece as Buffer).length
    if (size < pauseAt) continue
    pauseAt += everyBytes ?? 0
    await delay(100)
  }
  return size
}

for (const store of testStores()) {
  describe(`files of a channel on ${store.name}`, () => {
    it('are read by a link that shows no token, and not after the line is gone', async () => {
      await using rig = await startDeliveryRig(store)
      rig.telegram.addFile(BOT_ID, 'F1', { path: 'photos/1.jpg', bytes: Buffer.from('bytes') })
      await rig.telegram.personWrites({ botId: BOT_ID, chatId: 5, fields: { photo: PHOTO } })
      const link = linkOf((await rig.portal.server.waitForEvents(1))[0])
      const read = await send(link, { method: 'GET' })
      assert.deepEqual([read.status, read.body], [200, 'bytes'])
      const head = await send(link, { method: 'HEAD' })
      assert.deepEqual([head.status, head.body], [200, ''])
      assert.equal((await send(link, { method: 'POST' })).status, 405)
      await rig.portal.hub.disconnect(LINE)
      assert.equal((await send(link, { method: 'GET' })).status, 404)
      assert.ok(!rig.hub.logText().includes(BOT_TOKEN))
    })
  })
}

describe('a file of 200 MB', () => {
  it('goes through the hub at its reader’s pace in under 30 MB of memory', async (t) => {
    const [store] = testStores()
    assert.ok(store)
    await using database = await store.open()
    await using telegram = await startTelegramWithBot()
    telegram.addFile(BOT_ID, 'F1', { path: 'x', bytes: Buffer.alloc(0), serve: serveLarge })
    const link = await receiveLink(database.databaseUrl, telegram)
    await using hub = await startHubProcess({
      HUB_DATABASE_URL: database.databaseUrl,
      HUB_SECRET_KEY: TEST_KEY,
      HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
      // As `npm start` runs it.
      NODE_OPTIONS: '--max-semi-space-size=16',
    })
    const url = new URL(link)
    url.port = new URL(hub.url).port
    // The code and the connections that any first file needs are not this one's.
    for await (const _ of await open(url.href)) break
    // Nor is the building of the console, which goes on behind the start.
    await (await fetch(new URL('/console/', hub.url))).text()
    const before = await residentBytes(hub.pid)
    let highest = before
    const sampling = new AbortController()
    const samples = (async () => {
      while (!sampling.signal.aborted) {
        highest = Math.max(highest, await residentBytes(hub.pid))
        await delay(20)
      }
    })()
    // Pauses of 100 ms after every 10 MB: the channel would have it all over the network long before.
    assert.equal(await readAll(await open(url.href), 10 * MEGABYTE), FILE_BYTES)
    sampling.abort()
    await samples
    const growth = (highest - before) / MEGABYTE
    t.diagnostic(`grew by ${growth.toFixed(1)} MB`)
    assert.ok(growth < 30, `grew by ${growth.toFixed(1)} MB, from ${before / MEGABYTE} MB`)
  })
})

/** Lets a hub take a message with the file, and gives the link that its portal got. */
async function receiveLink(
  databaseUrl: string,
  telegram: Awaited<ReturnType<typeof startTelegramWithBot>>,
): Promise<string> {
  await using hub = await startTestHub({ databaseUrl })
  await using portal = await addTestPortal(hub)
  assert.ok((await connectTelegram(portal, telegram)).ok)
  await telegram.personWrites({ botId: BOT_ID, chatId: 5, fields: { photo: PHOTO } })
  return linkOf((await portal.server.waitForEvents(1))[0])
}
