import { given } from '../../src/core/given.ts'
import type { FakeAccount, FakeApp, GraphRecord, GraphState } from './graph-model.ts'
import type { GraphAnswer } from './meta-server.ts'

/** Who calls: an account with its token, or an app with its id and secret. */
export type Caller =
  | { readonly account: FakeAccount; readonly app?: undefined }
  | { readonly app: FakeApp; readonly account?: undefined }

export function ok(body: unknown): GraphAnswer {
  return { status: 200, body }
}

/** The Graph API's own error shape. */
export function graphError(code: number, subcode?: number, more: object = {}): object {
  return {
    error: {
      message: `(#${code}) error ${subcode ?? ''}`,
      type: 'OAuthException',
      code,
      ...given({ error_subcode: subcode }),
      fbtrace_id: 'AbC',
      ...more,
    },
  }
}

function refuse(code: number, subcode?: number): GraphAnswer {
  return { status: 400, body: graphError(code, subcode) }
}

export function notAnEdge(): GraphAnswer {
  return { status: 404, body: graphError(2500) }
}

/** Carries out a call that has shown its token. */
export async function runEdge(
  graph: GraphState,
  caller: Caller,
  call: GraphRecord,
): Promise<GraphAnswer> {
  const [node = '', edge = ''] = call.path.split('/')
  if (edge === 'subscriptions') return await subscriptions(graph, caller.app, node, call)
  if (call.path === 'debug_token') return debugToken(graph, caller.app, call)
  const { account } = caller
  if (!account) return refuse(190)
  if (call.path === 'app') return ok({ id: account.app.id })
  const isOwn = node === 'me' || node === account.id
  if (edge === 'messages' && isOwn) return takeMessage(graph, account, call)
  if (edge === 'subscribed_apps' && isOwn) return subscribedApps(account, call)
  if (edge !== '') return notAnEdge()
  if (isOwn) return ok(describe(account))
  const attachments = graph.attachments.get(node)
  if (attachments) return ok({ id: node, attachments: { data: attachments } })
  const person = graph.people.get(node)
  return person ? ok({ id: node, ...person.fields }) : refuse(100, 33)
}

function describe({ id, name, username }: FakeAccount): object {
  return { id, name, ...given({ username }) }
}

/** Meta asks the address for its challenge before it answers. */
async function subscriptions(
  graph: GraphState,
  app: FakeApp | undefined,
  node: string,
  { method, json }: GraphRecord,
): Promise<GraphAnswer> {
  if (!app || app.id !== node) return refuse(190)
  if (method === 'GET') {
    const data = [...app.subscriptions].map(([object, { callbackUrl, fields, isInactive }]) => ({
      object,
      callback_url: callbackUrl,
      active: !isInactive,
      fields: fields.split(',').map((name) => ({ name, version: 'v25.0' })),
    }))
    return ok({ data })
  }
  const [callbackUrl, verifyToken] = [String(json['callback_url']), String(json['verify_token'])]
  const isReachable = URL.canParse(callbackUrl) && !callbackUrl.startsWith('https:')
  if (isReachable && !(await graph.shakeHands(callbackUrl, verifyToken))) return refuse(2200)
  const subscription = { callbackUrl, verifyToken, fields: String(json['fields']) }
  app.subscriptions.set(String(json['object']), subscription)
  return ok({ success: true })
}

const MANAGES = 'pages_manage_metadata'
const SCOPES = ['pages_messaging', 'instagram_basic', 'instagram_manage_messages', MANAGES]

/** A token that is none any more is an answer as well, with status 200. */
function debugToken(
  { accounts }: GraphState,
  app: FakeApp | undefined,
  { query }: GraphRecord,
): GraphAnswer {
  if (!app) return refuse(190)
  const account = accounts.find(({ token }) => token === query['input_token'])
  if (account && account.app !== app) return refuse(100)
  const error = { code: 190, message: 'The access token could not be decrypted', subcode: 463 }
  if (!account) return ok({ data: { error, is_valid: false, scopes: [] } })
  const { scopes = SCOPES } = account
  const told = { app_id: app.id, type: 'PAGE', application: 'Desk', is_valid: true, scopes }
  return ok({ data: { ...told, expires_at: 0, profile_id: account.id } })
}

function subscribedApps(account: FakeAccount, { method, query }: GraphRecord): GraphAnswer {
  if (account.scopes?.includes(MANAGES) === false) return refuse(200)
  if (method === 'POST') account.subscribed = query['subscribed_fields'] ?? ''
  if (method === 'DELETE') delete account.subscribed
  if (method !== 'GET') return ok({ success: true })
  const fields = account.subscribed?.split(',')
  const data = fields ? [{ id: account.app.id, name: 'Desk', subscribed_fields: fields }] : []
  return ok({ data })
}

const TEXT_LIMITS = { messenger: 2000, instagram: 1000 }

/** Buttons with odd addresses, and Instagram's files but for PDFs. What an address without an ending holds, a fake can't know. */
function isForeign({ username }: FakeAccount, attachment: unknown): boolean {
  const { type, payload } = (attachment ?? {}) as { type?: string; payload?: { url?: string } }
  if (hasForeignLink(attachment)) return true
  return username !== undefined && type === 'file' && !/\.pdf$|\/[^./]*$/i.test(payload?.url ?? '')
}

/** A template is refused for a button whose address has no host that the internet knows. */
function hasForeignLink(attachment: unknown): boolean {
  const { payload } = (attachment ?? {}) as { payload?: { buttons?: { url?: string }[] } }
  const urls = (payload?.buttons ?? []).flatMap(({ url }) => url ?? [])
  return urls.some((url) => !/^https?:\/\/[^/]*\./i.test(url))
}

/** A message, or what the person is shown besides. */
function takeMessage(graph: GraphState, account: FakeAccount, { json }: GraphRecord): GraphAnswer {
  const recipient = json['recipient'] as { id?: unknown } | undefined
  const id = String(recipient?.id ?? '')
  if (id === '') return refuse(100)
  if (!graph.people.has(id)) return account.username ? refuse(100, 2534014) : refuse(100, 2018001)
  if (json['sender_action'] !== undefined) return ok({ recipient_id: id })
  const message = json['message'] as Record<string, unknown> | undefined
  const isEmpty = !message || (message['text'] === undefined && message['attachment'] === undefined)
  if (isEmpty || (message['text'] !== undefined && message['attachment'] !== undefined)) {
    return refuse(100)
  }
  const text = String(message['text'] ?? '')
  const isTooLong = account.username
    ? Buffer.byteLength(text) > TEXT_LIMITS.instagram
    : text.length > TEXT_LIMITS.messenger
  if (isTooLong || isForeign(account, message['attachment'])) return refuse(100)
  return ok({ recipient_id: id, message_id: graph.nextMessageId() })
}
