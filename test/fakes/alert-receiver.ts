import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Alert } from '../../src/alerts/alert.ts'
import { verify } from '../../src/client/signature.ts'

export const ALERT_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`

export interface AlertReceiver extends AsyncDisposable {
  readonly url: string
  /** Alerts whose signature holds, in the order of their arrival; those that were refused, too. */
  readonly alerts: Alert[]
  /** Requests that were not signed as they should be. */
  readonly refused: string[]
  /** What it answers; `hang`: nothing. 204 at first. */
  answer: number | 'hang'
  ofType(type: Alert['type']): Alert[]
}

/** Where an operator gets alerts, on a real socket. `now`: the hub's clock, for signatures. */
export async function startAlertReceiver(now: () => number = Date.now): Promise<AlertReceiver> {
  const alerts: Alert[] = []
  const refused: string[] = []
  const server = createServer((request, response) => void take(request, response))
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const { headers } = request
    const check = verify({ headers, body, secrets: [ALERT_SECRET], now: now() })
    if (check.ok) alerts.push(JSON.parse(body.toString('utf8')) as Alert)
    else refused.push(check.reason)
    if (receiver.answer === 'hang') return
    response.writeHead(receiver.answer, { location: `${receiver.url}/elsewhere` }).end('so what')
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: AlertReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts?key=SECRET-PATH`,
    alerts,
    refused,
    answer: 204,
    ofType: (type) => alerts.filter((alert) => alert.type === type),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}
