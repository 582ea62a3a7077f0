import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCarrier } from '../../../connectors/vk/files-carrier.ts'
import { DeliveryError } from '../../../src/core/errors.ts'
import { FileSource } from '../../../src/files/source.ts'
import { createChannelClient } from '../../../src/outgoing/channel-client.ts'
import { createTargetGuard } from '../../../src/outgoing/guard.ts'
import { startFileServer } from '../../helpers/file-server.ts'

const guard = createTargetGuard(['127.0.0.0/8'])

describe('a file on its way to VK', () => {
  it('is posted as the one file of a form, and refused when it is too large', async () => {
    let form = ''
    await using server = await startFileServer(async (request, response) => {
      if (request.method === 'GET') {
        response.setHeader('content-type', 'application/pdf')
        return void response.end('%PDF-the bill')
      }
      for await (const chunk of request) form += String(chunk)
      response.end('{"file":"saved"}')
    })
    const http = createChannelClient(guard)
    const carrier = createCarrier({ http, files: new FileSource(guard) })
    const file = { url: `${server.url}/bill.pdf`, name: 'bill.pdf' }
    const signal = new AbortController().signal
    const answer = await carrier.carry(`${server.url}/up`, 'file', file, { maxBytes: 100, signal })
    assert.deepEqual([answer.status, answer.body], [200, '{"file":"saved"}'])
    assert.match(form, /name="file"; filename="bill.pdf"[\s\S]*%PDF-the bill/)
    await assert.rejects(
      carrier.carry(`${server.url}/up`, 'file', file, { maxBytes: 5, signal }),
      (error) => error instanceof DeliveryError && error.fault.channelCode === 'HUB_FILE_TOO_LARGE',
    )
    http.close()
  })
})
