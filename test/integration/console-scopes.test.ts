import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Endpoint } from '../../src/admin/endpoint.ts'
import { ENDPOINTS } from '../../src/admin/endpoints/table.ts'
import type { ScopeKind } from '../../src/admin/scope.ts'
import { given } from '../../src/core/given.ts'
import { adminErrorShape } from '../../src/core/shapes/admin.ts'
import {
  ADMIN_ENV,
  askConsole,
  comeIn,
  NOBODY,
  OPERATOR,
  type Visitor,
} from '../helpers/console.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { testStores } from '../helpers/stores.ts'
import { connectTelegram, startTelegramWithBot } from '../helpers/telegram-line.ts'

/** What an endpoint is asked with. */
interface Row {
  readonly query?: string
  readonly body?: (place: Place) => unknown
  /** What those get that it is for; 200 if absent. */
  readonly status?: number
}

interface Place {
  readonly portal: string
  readonly lineId: number
  /** What is saved, so that the line stays connected. */
  readonly settings: object
}

const nothing: Row = {}
const empty: Row = { body: () => ({}) }

/** A row for every endpoint: one that is forgotten fails the test. */
const ROWS: Readonly<Record<string, Row>> = {
  getOverview: nothing,
  listProcesses: nothing,
  listDialects: nothing,
  listConnectors: nothing,
  listPortals: nothing,
  addPortal: { body: () => ({ name: 'New', url: 'https://crm.example.com/hub' }) },
  getPortal: nothing,
  changePortal: { body: () => ({ language: 'ru' }) },
  rotatePortalSecret: empty,
  enablePortal: empty,
  disablePortal: empty,
  testPortal: empty,
  getPortalContents: nothing,
  removePortal: nothing,
  listLines: nothing,
  saveLine: {
    body: ({ portal, settings }) => ({ portal, connector: 'telegram', line: '12', settings }),
  },
  retryLines: { body: ({ lineId }) => ({ ids: [lineId] }) },
  getLine: nothing,
  getLineSettings: nothing,
  saveLineSettings: { body: ({ settings }) => ({ settings }) },
  testLine: empty,
  checkLine: empty,
  retryLine: empty,
  pauseLine: { body: () => ({ reason: 'a test' }) },
  resumeLine: empty,
  disconnectLine: empty,
  listLineDeadLetters: nothing,
  replayLineDeadLetters: empty,
  deleteLineDeadLetters: { body: () => ({ events: [] }) },
  exportLineDeadLetters: nothing,
  findMessages: { query: '?id=evt_none' },
  getLineTrace: nothing,
  startLineTrace: { body: () => ({ minutes: 1 }) },
  stopLineTrace: nothing,
  listLineChats: nothing,
  sendLineMessage: { body: () => ({ chat: { id: '5' }, message: { text: 'Hello' } }) },
  getLineMessage: { status: 404 },
  callMethod: { body: () => ({ connector: 'telegram', line: '12' }) },
  watchLive: nothing,
}

describe('every endpoint of the admin API', () => {
  it('has a row in this table', () => {
    assert.deepEqual(ENDPOINTS.map(({ id }) => id).sort(), Object.keys(ROWS).sort())
  })

  for (const { name, open } of testStores()) {
    it(`lets in whom it is for, and nobody else (${name})`, async () => {
      await using store = await open()
      await using telegram = await startTelegramWithBot()
      await using hub = await startTestHub({ databaseUrl: store.databaseUrl, env: ADMIN_ENV })
      await using own = await addTestPortal(hub)
      await using other = await addTestPortal(hub)
      assert.equal((await connectTelegram(own, telegram)).ok, true)
      await other.hub.saveSettings({
        ...{ connector: 'telegram', line: 'theirs' },
        settings: { token: '77:OTHER-token-0000000000000000000', apiRoot: telegram.url },
      })
      const people = await visitors(own, other)
      const settings = { token: '••••', apiRoot: telegram.url }
      const place = { portal: own.id, lineId: await lineIdOf(hub, own), settings }
      const sorted = ENDPOINTS.toSorted((a, b) => rankOf(a) - rankOf(b))
      for (const endpoint of sorted) await tryOut(endpoint, { hub, place, people })
    })
  }
})

interface Person {
  readonly name: string
  readonly visitor: Visitor
  readonly kind?: ScopeKind
  /** The things of the place are not his. */
  readonly isStranger?: true
}

async function visitors(own: TestPortal, other: TestPortal): Promise<Person[]> {
  const line = { connector: 'telegram', line: '12' }
  return [
    { name: 'nobody', visitor: NOBODY },
    { name: 'other portal', visitor: await comeIn(other), kind: 'portal', isStranger: true },
    // A line of the same name at another portal, and another line of the same portal.
    { name: "other's line", visitor: await comeIn(other, line), kind: 'line', isStranger: true },
    {
      name: 'other line',
      visitor: await comeIn(own, { connector: 'telegram', line: '13' }),
      kind: 'line',
      isStranger: true,
    },
    { name: 'portal', visitor: await comeIn(own), kind: 'portal' },
    { name: 'line', visitor: await comeIn(own, line), kind: 'line' },
    { name: 'operator', visitor: OPERATOR, kind: 'operator' },
  ]
}

async function lineIdOf(hub: TestHub, { id: portalId }: TestPortal): Promise<number> {
  const address = { portalId, connector: 'telegram', externalId: '12' }
  return (await hub.app.services.lineOperations.find(address)).id
}

/** The portal's removal at the very end: its sessions go with it. */
function rankOf({ id }: Pick<Endpoint, 'id'>): number {
  const order = ['disconnectLine', 'rotatePortalSecret', 'disablePortal', 'enablePortal']
  if (id === 'removePortal') return order.length + 1
  return order.indexOf(id) + 1
}

interface Trial {
  readonly hub: TestHub
  readonly place: Place
  readonly people: readonly Person[]
}

async function tryOut(endpoint: Endpoint, { hub, place, people }: Trial): Promise<void> {
  // Sessions of a portal that was disabled have ended.
  const isDisabled = rankOf(endpoint) > rankOf({ id: 'disablePortal' })
  for (const person of people) {
    if (isDisabled && person.kind && person.kind !== 'operator') continue
    const label = `${endpoint.method} ${endpoint.path} for ${person.name}`
    if (endpoint.id === 'watchLive') await tryLive(hub, person, label)
    else await tryAs(person, endpoint, { hub, place, label })
  }
}

async function tryAs(
  person: Person,
  endpoint: Endpoint,
  { hub, place, label }: Pick<Trial, 'hub' | 'place'> & { readonly label: string },
): Promise<void> {
  const { query = '', ...row } = ROWS[endpoint.id] ?? {}
  const { method, path } = endpoint
  const reply = await askConsole(hub, person.visitor, `/v1${fill(path, place)}${query}`, {
    method,
    ...given({ body: row.body?.(place) }),
  })
  assert.equal(reply.status, expected(endpoint, person, row), `${label}: ${reply.text}`)
  if (reply.status === 200) checkAnswer(endpoint, reply, label)
  else adminErrorShape.parse(reply.body)
  assert.doesNotMatch(reply.text, /PLANTED/, label)
  if (!person.isStranger) return
  const theirs = person.name === 'other line' ? ['desk_bot'] : [place.portal, 'desk_bot']
  for (const word of theirs) assert.equal(reply.text.includes(word), false, `${label}: ${word}`)
}

function expected({ id, path, scopes }: Endpoint, person: Person, row: Row): number {
  if (!person.kind) return 401
  if (!scopes.includes(person.kind)) return 403
  if (person.isStranger) {
    if (id === 'callMethod' && person.name === 'other line') return 403
    if (id === 'saveLine') return 404
    if (path.includes(':id') && !isOfOwnPortal(path, person)) return 404
  }
  return row.status ?? 200
}

/** Somebody who sees another line of the portal sees the portal. */
function isOfOwnPortal(path: string, { name }: Person): boolean {
  return name === 'other line' && path.startsWith('/portals')
}

function checkAnswer(
  endpoint: Endpoint,
  { body, text }: { body: unknown; text: string },
  label: string,
) {
  if (endpoint.media) return
  const result = endpoint.answer.safeParse(body)
  assert.ok(result.success, `${label}: ${result.error} in ${text.slice(0, 500)}`)
}

/** It goes on until it is left. */
async function tryLive(hub: TestHub, person: Person, label: string): Promise<void> {
  const leaving = new AbortController()
  const response = await fetch(`${hub.url}/admin/api/v1/live`, {
    headers: person.visitor.headers,
    signal: leaving.signal,
  })
  assert.equal(response.status, person.kind ? 200 : 401, label)
  if (person.kind) {
    const reader = response.body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    assert.match(new TextDecoder().decode(value), /^event: hello\n/, label)
  }
  leaving.abort()
}

function fill(path: string, { portal, lineId }: Place): string {
  return path
    .replace('/portals/:id', `/portals/${portal}`)
    .replace('/lines/:id', `/lines/${lineId}`)
    .replace(':method', 'getStatus')
    .replace(':out', 'out_none')
}
