import { given } from '../../src/core/given.ts'
import type { CheckBench, ConnectorKit, ContractBench, ContractFault } from '../contract/kit.ts'
import { readMeta } from '../contract/read/meta.ts'
import { readTaken } from '../contract/view.ts'
import { FakeGraph } from '../fakes/graph.ts'
import { graphError } from '../fakes/graph-edges.ts'
import type { GraphFault } from '../fakes/meta-server.ts'

export const META_APP = { id: '9900', secret: 'PLANTED-app-secret-of-the-desk' }
export const PAGE = { id: '111', token: 'PLANTED-token-of-the-page' }
export const INSTAGRAM = { id: '17841400000000001', token: 'PLANTED-token-of-the-account' }
export const PERSON = '7001'
/** Port 1 needs root to listen on, and nobody does. */
const NOBODY = 'http://127.0.0.1:1'

/** Settings as a portal saves them. */
export function metaSettings(
  object: 'page' | 'instagram',
  apiRoot: string,
): Readonly<Record<string, string>> {
  const own =
    object === 'page'
      ? { pageId: PAGE.id, pageAccessToken: PAGE.token }
      : { accountId: INSTAGRAM.id, accessToken: INSTAGRAM.token }
  return { ...own, appId: META_APP.id, appSecret: META_APP.secret, apiRoot }
}

/** Meta with an app, a page, an Instagram account and a person. */
export async function startFakeMeta(): Promise<FakeGraph> {
  const graph = await FakeGraph.start()
  const app = graph.addApp(META_APP.id, META_APP.secret)
  graph.addAccount({ ...PAGE, app, name: 'Desk' })
  graph.addAccount({ ...INSTAGRAM, app, name: 'Desk', username: 'desk' })
  graph.people.set(PERSON, { fields: { first_name: 'Ann', last_name: 'Lee' } })
  return graph
}

export function metaKit(object: 'page' | 'instagram'): ConnectorKit {
  const account = object === 'page' ? PAGE : INSTAGRAM
  return {
    traits: { namesFilesByAddress: true },
    falseReceipts: {
      withoutId: [
        '{"recipient_id":"7001"}',
        '{"recipient_id":"7001","message_id":""}',
        '{"recipient_id":"7001","message_id":0}',
        '{"recipient_id":"7001","message_id":null}',
      ],
      withError: [
        '{"error":{"message":"(#100) refused","type":"OAuthException","code":100}}',
        '{"error":{"message":"(#10) refused","code":10,"error_subcode":2018278}}',
      ],
    },
    fixtures: {
      settings: metaSettings(object, 'https://graph.facebook.com'),
      receivedAt: 1_767_225_700_000,
    },
    async open(): Promise<ContractBench> {
      const graph = await startFakeMeta()
      const parties = { sender: { id: PERSON }, recipient: { id: account.id }, timestamp: 1 }
      const messaging = [{ ...parties, brand_new_kind: { mid: 'm_1' } }]
      return {
        settings: metaSettings(object, graph.url),
        deadSettings: metaSettings(object, NOBODY),
        chatId: PERSON,
        conversation: undefined,
        deadConversation: undefined,
        unknownUpdate: { object, entry: [{ id: account.id, time: 1, messaging }] },
        receivedId: 'm_1',
        planted: [account.token],
        prove: async (body) => graph.sign(body, META_APP.secret),
        fail: (fault) => graph.fail('/messages', { times: 100, ...toGraphFault(fault) }),
        say: (status, body) => graph.fail('/messages', { status, body, times: 100 }),
        sent: () => graph.callsOf('/messages').length,
        read: () => readTaken(graph, readMeta),
        forgetPerson: () => graph.people.delete(PERSON),
        refuse: () => graph.revoke(account.token),
        checks: metaChecks(graph, object, account.id),
        [Symbol.asyncDispose]: () => graph[Symbol.asyncDispose](),
      }
    },
  }
}

function metaChecks(graph: FakeGraph, object: 'page' | 'instagram', accountId: string): CheckBench {
  const account = graph.accounts.find(({ id }) => id === accountId)
  const app = account?.app
  if (!app) throw new Error('the fake has no such account')
  return {
    fail: (fault) => graph.fail('', { times: 100, ...toGraphFault(fault) }),
    say: (status, body) => graph.fail('', { status, body, times: 100 }),
    changes: () => graph.calls.filter(({ method }) => method !== 'GET').length,
    point(url) {
      account.subscribed = 'messages,messaging_postbacks'
      const fields = account.subscribed
      if (url === '') app.subscriptions.delete(object)
      else app.subscriptions.set(object, { callbackUrl: url, verifyToken: '', fields })
    },
    takeRight() {
      account.scopes = ['pages_manage_metadata']
      return object === 'page' ? 'pages_messaging' : 'instagram_manage_messages'
    },
    nonsense: [
      '{"data":null}',
      '{"data":{}}',
      '{"data":7}',
      `{"data":[{"id":9900,"subscribed_fields":{"messages":0},"object":"${object}"}]}`,
      `{"data":[{"id":"9900","object":"${object}","callback_url":7,"fields":[]}]}`,
    ],
  }
}

const CODE_OF: Readonly<Record<number, number>> = { 400: 100, 401: 190, 403: 551, 429: 4, 500: 2 }

function toGraphFault(fault: ContractFault): GraphFault {
  if (fault === 'reset') return { reset: true }
  if (fault === 'silence') return { until: new Promise(() => undefined) }
  const { status, headers, words } = fault
  const code = CODE_OF[status]
  // 502 is a gateway's: it speaks HTML.
  const body =
    code === undefined ? `<html>${words}</html>` : graphError(code, undefined, { message: words })
  return { status, body, ...given({ headers }) }
}
