import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { connectors } from '#connectors'
import { DeliveryError } from '../../src/core/errors.ts'
import type { OutgoingRequest } from '../../src/core/http.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { startFileServer } from '../helpers/file-server.ts'
import { openChannel } from './channel-bench.ts'
import { kits } from './kits.ts'

const NAME = 'Photo of the shelf'

type Fields = Readonly<Record<string, unknown>>

/** Whether this request shows the picture at `url` as a picture. */
type ShowsPicture = (request: OutgoingRequest, url: string) => boolean

function jsonOf({ json }: OutgoingRequest): Fields {
  return (json ?? {}) as Fields
}

const attachesPicture: ShowsPicture = (request, url) => {
  const { attachment } = (jsonOf(request)['message'] ?? {}) as { attachment?: Fields }
  const { type, payload } = attachment ?? {}
  return type === 'image' && (payload as Fields)['url'] === url
}

const linksPicture: ShowsPicture = (request, url) => {
  const { type, image } = jsonOf(request)
  return type === 'image' && (image as Fields)['link'] === url
}

/** By real connector. */
const SHOWS_PICTURE: Readonly<Record<string, ShowsPicture>> = {
  telegram: (request, url) =>
    request.url.endsWith('/sendPhoto') && jsonOf(request)['photo'] === url,
  botframework(request, url) {
    const [file] = (jsonOf(request)['attachments'] ?? []) as Fields[]
    const { contentType, contentUrl, name } = file ?? {}
    return contentType === 'image/jpeg' && contentUrl === url && name === `${NAME}.jpg`
  },
  viber(request, url) {
    const { type, media } = jsonOf(request)
    return type === 'picture' && media === url
  },
  facebook: attachesPicture,
  instagram: attachesPicture,
  vk: (request) => request.form?.['attachment']?.startsWith('photo') === true,
  whatsapp: linksPicture,
}
/** Channels without pictures get the address. */
const SHOWS_LINK = ['botframework.sms', 'slack']

/** Those that send something to a channel by HTTP. */
const SENDERS = connectors.filter(({ id, parent = '' }) => !(kits[id] ?? kits[parent])?.isHubs)

describe('a picture that only its address says is one', () => {
  for (const descriptor of SENDERS) {
    const { id, parent } = descriptor
    const isLink = SHOWS_LINK.includes(id)
    it(`goes out as ${isLink ? 'its link' : 'a picture'} on ${id}`, async () => {
      await using files = await startFileServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': '3' }).end('jpg')
      })
      const url = `${files.url}/1.jpg`
      await using channel = await openChannel(descriptor)
      await channel.send({ files: [{ url, name: NAME }] })
      const shows = SHOWS_PICTURE[parent ?? id]
      assert.ok(isLink || shows, `nothing here says how ${id} shows a picture`)
      const sent = channel.requests.filter((request) =>
        isLink ? jsonOf(request)['text'] === `${NAME}: ${url}` : shows?.(request, url),
      )
      assert.equal(sent.length, 1, inspect(channel.requests, { depth: 9 }))
    })
  }

  it('is uploaded to VK under a name that says so', async () => {
    await using files = await startFileServer((_request, response) => void response.end('jpg'))
    const vk = connectors.find(({ id }) => id === 'vk')
    assert.ok(vk)
    await using channel = await openChannel(vk)
    await channel.send({ files: [{ url: `${files.url}/1.jpg`, name: NAME }] })
    const uploaded = channel.requests.flatMap(({ multipart }) => multipart?.files ?? [])
    assert.deepEqual(
      uploaded.map(({ name }) => name),
      [`${NAME}.jpg`],
    )
  })
})

describe('a channel that says until when it wants to be left alone', () => {
  const WAIT_MS = 90_000
  for (const descriptor of SENDERS) {
    for (const status of [429, 503]) {
      it(`by the date of a ${status} is obeyed by ${descriptor.id}`, async () => {
        await using channel = await openChannel(descriptor)
        const until = new Date(Date.now() + WAIT_MS)
        channel.fail({ status, headers: { 'retry-after': until.toUTCString() }, words: 'later' })
        const error = await channel.send({ text: plainText('hello') }).then(
          () => assert.fail('it was taken'),
          (reason: unknown) => reason,
        )
        assert.ok(error instanceof DeliveryError, inspect(error))
        const { disposition, retryAfterMs = 0 } = error.fault
        assert.equal(disposition, 'retry')
        // The date has whole seconds, and the way there takes its time.
        assert.ok(Math.abs(retryAfterMs - WAIT_MS) <= 3000, `${retryAfterMs}`)
      })
    }
  }
})
