import { given } from '../../src/core/given.ts'
import { ok } from './graph-edges.ts'
import type { GraphAnswer } from './meta-server.ts'
import { cloudError, layerError, missing, refuse } from './whatsapp-errors.ts'
import { takeMessage } from './whatsapp-messages.ts'
import type { FakeNumber, WhatsAppRecord, WhatsAppState } from './whatsapp-model.ts'

/** Carries out a call of Meta's own API that has shown its token. `path` is behind the version. */
export async function runCloud(
  fake: WhatsAppState,
  number: FakeNumber,
  call: WhatsAppRecord,
): Promise<GraphAnswer> {
  const [node = '', edge = ''] = call.path.split('/')
  const media = fake.media.get(node)
  if (media && edge === '') return ok(fake.describeMedia(node, fake.url))
  if (node === number.id) {
    if (edge === 'messages') return takeMessage(fake, number, call.json)
    if (edge !== '') return missing()
    return call.method === 'POST' ? await override(fake, number, call.json) : pick(number, call)
  }
  if (node !== number.wabaId) return missing()
  if (edge === 'subscribed_apps') return subscribedApps(number, call)
  if (edge === 'phone_numbers') {
    const held = fake.numbers.filter(({ wabaId }) => wabaId === node)
    return page(held.map(describe), call)
  }
  if (edge === 'message_templates') return page(templatesOf(fake, node, call.query), call)
  return missing()
}

const APP_ID = '9900'

function subscribedApps({ app, wabaId }: FakeNumber, { method }: WhatsAppRecord): GraphAnswer {
  if (method === 'POST') app.subscribed.add(wabaId)
  if (method !== 'GET') return ok({ success: true })
  const own = {
    whatsapp_business_api_data: { id: APP_ID, name: 'Desk', link: 'https://a.example' },
  }
  return ok({ data: app.subscribed.has(wabaId) ? [own] : [] })
}

function describe({ id, display, name, quality = 'GREEN' }: FakeNumber): object {
  return { id, display_phone_number: display, verified_name: name, quality_rating: quality }
}

/** Only the fields that are asked for; one that there isn't is an error. */
function pick(number: FakeNumber, { query }: WhatsAppRecord): GraphAnswer {
  const { status = 'CONNECTED', override: own, app } = number
  const all: Record<string, unknown> = {
    ...describe(number),
    status,
    health_status: healthOf(number),
    webhook_configuration: given({ phone_number: own, application: app.callbackUrl }),
  }
  const fields = (query['fields'] ?? 'id,display_phone_number,verified_name').split(',')
  const strange = fields.find((field) => !Object.hasOwn(all, field))
  if (strange !== undefined) return refuse(100, `Tried accessing nonexisting field (${strange})`)
  return ok(Object.fromEntries(['id', ...fields].map((field) => [field, all[field]])))
}

function healthOf({ id, wabaId, blockedFor }: FakeNumber): object {
  const can = { can_send_message: 'AVAILABLE' }
  const error = { error_code: 141_006, error_description: blockedFor, possible_solution: 'Pay it' }
  const blocked = { can_send_message: 'BLOCKED', errors: [error] }
  return {
    can_send_message: blockedFor ? 'BLOCKED' : 'AVAILABLE',
    entities: [
      { entity_type: 'PHONE_NUMBER', id, ...can },
      { entity_type: 'WABA', id: wabaId, ...(blockedFor ? blocked : can) },
      { entity_type: 'APP', id: APP_ID, ...can },
    ],
  }
}

function templatesOf(
  fake: WhatsAppState,
  wabaId: string,
  { name = '', status }: Readonly<Record<string, string>>,
): readonly object[] {
  return (fake.templates.get(wabaId) ?? []).filter(
    (template) =>
      template.name.includes(name) && (status === undefined || template.status === status),
  )
}

/** Cursors are places in the list here; to a caller they are words without a meaning. */
function page(all: readonly object[], { query }: WhatsAppRecord): GraphAnswer {
  const limit = Math.min(Number(query['limit'] ?? 25), 25)
  const from = query['after'] === undefined ? 0 : Number(query['after'].slice(1))
  const data = all.slice(from, from + limit)
  const behind = from + data.length
  const more = behind < all.length ? { next: 'https://graph.facebook.com/next' } : {}
  return ok({ data, paging: { cursors: { before: 'c0', after: `c${behind}` }, ...more } })
}

/** Meta asks the address for its challenge before it answers. */
async function override(
  fake: WhatsAppState,
  number: FakeNumber,
  json: Readonly<Record<string, unknown>>,
): Promise<GraphAnswer> {
  const set = (json['webhook_configuration'] ?? {}) as Record<string, string>
  const { override_callback_uri: url = '', verify_token: verifyToken = '' } = set
  if (url === '') {
    delete number.override
    return ok({ success: true })
  }
  if (url.length > 200) return refuse(100, 'override_callback_uri is too long')
  // Nobody listens at the https addresses of tests.
  const isHere = url.startsWith('http:')
  if (isHere && !(await fake.shakeHands(url, verifyToken))) return refuse(2200)
  number.override = url
  return ok({ success: true })
}

/** Carries out a call of 360dialog's API that has shown its key. */
export function runDialog(
  fake: WhatsAppState,
  number: FakeNumber,
  { method, path, query, json }: WhatsAppRecord,
): GraphAnswer {
  if (path === 'v1/configs/webhook') {
    if (method === 'GET') return ok({ url: number.webhook?.url ?? '' })
    return setWebhook(number, json)
  }
  if (path === 'health_status') return health(number)
  if (path === 'v1/configs/templates') {
    const all = fake.templates.get(number.wabaId) ?? []
    const [limit, offset] = [Number(query['limit'] ?? 1000), Number(query['offset'] ?? 0)]
    const list = all.slice(offset, offset + Math.min(limit, 25))
    const shown = list.map((one) => ({ ...one, status: one.status.toLowerCase(), namespace: 'ns' }))
    return ok({ waba_templates: shown, count: list.length, total: all.length, limit, offset })
  }
  if (path === 'messages') return takeMessage(fake, number, json)
  if (fake.media.has(path)) return ok(fake.describeMedia(path, 'https://lookaside.fbsbx.com'))
  return { status: 404, body: cloudError(100, { subcode: 33 }) }
}

function setWebhook(
  number: FakeNumber,
  { url, headers }: Readonly<Record<string, unknown>>,
): GraphAnswer {
  if (typeof url !== 'string') return { status: 400, body: layerError(400, 'url is required') }
  number.webhook = { url, headers: (headers ?? {}) as Record<string, string> }
  return ok({ url, headers: headers ?? {} })
}

/** `isHealthHidden`: keys of some accounts may not ask. */
function health(number: FakeNumber): GraphAnswer {
  if (number.isHealthHidden) return { status: 403, body: layerError(403, 'endpoint is blocked') }
  const can = { can_send_message: 'AVAILABLE' }
  const entities = [
    { entity_type: 'PHONE_NUMBER', id: number.id, ...can },
    { entity_type: 'WABA', id: number.wabaId, ...can },
  ]
  return ok({
    health_status: { ...can, entities },
    display_phone_number: number.display,
    verified_name: number.name,
    id: number.id,
  })
}
