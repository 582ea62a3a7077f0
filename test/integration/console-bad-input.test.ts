import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ADMIN_ENV, askConsole, codeOf, comeIn, OPERATOR } from '../helpers/console.ts'
import { addTestPortal, startTestHub, type TestHub, type TestPortal } from '../helpers/hub.ts'
import { startMariaDb } from '../helpers/mariadb.ts'
import { testStores } from '../helpers/stores.ts'
import { waitFor } from '../helpers/wait-for.ts'

const MEMORY = { databaseUrl: 'sqlite::memory:' }
const SETTINGS = { token: '1:PLANTED-token-000000000000000000000' }

async function makeLine(hub: TestHub, portal: TestPortal, line = '1'): Promise<number> {
  const body = { portal: portal.id, connector: 'telegram', line, settings: SETTINGS }
  const made = await askConsole(hub, OPERATOR, '/v1/lines', { method: 'PUT', body })
  assert.equal(made.status, 200, made.text)
  return (made.body as { id: number }).id
}

interface Settings {
  readonly settings: Readonly<Record<string, string>>
  readonly version: string
}

describe('two administrators at one line', () => {
  for (const { name, open } of testStores()) {
    it(`are told who comes second, and secrets stay as they are (${name})`, async () => {
      await using store = await open()
      await using hub = await startTestHub({ databaseUrl: store.databaseUrl, env: ADMIN_ENV })
      await using portal = await addTestPortal(hub)
      const path = `/v1/lines/${await makeLine(hub, portal)}/settings`
      const { settings, version } = (await askConsole(hub, OPERATOR, path)).body as Settings
      assert.equal(settings['token'], '••••')
      const body = { settings, version }
      const save = () => askConsole(hub, OPERATOR, path, { method: 'PUT', body })
      const both = await Promise.all([save(), save()])
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409])
      const refused = both.find(({ status }) => status === 409)
      assert.equal(refused && codeOf(refused), 'HUB_CONFLICT')
      const address = { portalId: portal.id, connector: 'telegram', externalId: '1' }
      const { settings: stored } = await hub.app.services.lineOperations.find(address)
      assert.equal(stored['token'], SETTINGS.token)
      const unseen = await askConsole(hub, OPERATOR, path, { method: 'PUT', body: { settings } })
      assert.equal(unseen.status, 200)
      const empty = { settings, version: '' }
      const nothing = await askConsole(hub, OPERATOR, path, { method: 'PUT', body: empty })
      assert.equal(nothing.status, 400, 'an empty version is not none')
    })
  }
})

describe('a secret that nobody at the console was told', () => {
  it('does not follow the line to another address', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    const id = await makeLine(hub, portal)
    const moved = { token: '••••', apiRoot: 'https://thief.example' }
    const asks = [
      [`/v1/lines/${id}/settings`, 'PUT', { settings: moved }],
      [`/v1/lines/${id}/settings`, 'PUT', { settings: { apiRoot: moved.apiRoot } }],
      [
        '/v1/lines',
        'PUT',
        { portal: portal.id, connector: 'telegram', line: '1', settings: moved },
      ],
      [
        `/v1/portals/${portal.id}/methods/saveSettings`,
        'POST',
        { connector: 'telegram', line: '1', settings: moved },
      ],
    ] as const
    for (const [path, method, body] of asks) {
      const reply = await askConsole(hub, OPERATOR, path, { method, body })
      assert.equal(reply.status, 400, `${method} ${path}`)
      assert.match(reply.text, /token".*is to be entered again, for apiRoot has changed/)
    }
    const body = { settings: { ...moved, token: SETTINGS.token } }
    const again = await askConsole(hub, OPERATOR, `/v1/lines/${id}/settings`, {
      method: 'PUT',
      body,
    })
    assert.equal(again.status, 200, again.text)
    const kept = { settings: { token: '••••', apiRoot: moved.apiRoot } }
    const same = await askConsole(hub, OPERATOR, `/v1/lines/${id}/settings`, {
      method: 'PUT',
      body: kept,
    })
    assert.equal(same.status, 200, same.text)
  })
})

describe('what people enter', () => {
  it('is refused with every field at once, and by the names of the body', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    const add = (body: unknown) =>
      askConsole(hub, OPERATOR, '/v1/portals', { method: 'POST', body })
    const fieldsOf = (reply: { body: unknown }) =>
      (reply.body as { error: { fields: { field: string }[] } }).error.fields
        .map(({ field }) => field)
        .sort()
    const long = await add({ name: 'x'.repeat(10_000), url: 'ftp://x', timeZone: 'Mars' })
    assert.deepEqual([long.status, codeOf(long)], [400, 'HUB_BAD_PARAMS'])
    assert.deepEqual(fieldsOf(long), ['name', 'timeZone', 'url'])
    const strange = await add({ name: 'x', url: 'https://x.example', settings: { nope: '1' } })
    assert.deepEqual(fieldsOf(strange), ['settings.nope'])
    const save = await askConsole(hub, OPERATOR, '/v1/lines', {
      method: 'PUT',
      body: {
        ...{ portal: portal.id, connector: 'telegram', line: '1' },
        settings: { token: 'no', nope: 1 },
      },
    })
    assert.deepEqual(fieldsOf(save), ['settings.nope', 'settings.token'])
    const query = await askConsole(hub, OPERATOR, '/v1/lines?status=odd&limit=0&nope=1')
    assert.deepEqual(fieldsOf(query), ['limit', 'nope', 'status'])
    const noJson = await fetch(`${hub.url}/admin/api/v1/portals`, {
      method: 'POST',
      headers: { ...OPERATOR.headers, 'content-type': 'application/json' },
      body: '{"name":',
    })
    assert.equal(noJson.status, 400)
  })

  it('is shown as it is, right to left and with markup, and found again', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    for (const name of ['<script>alert(1)</script>', 'مكتب الدعم', 'Поддержка 100%_!']) {
      const body = { name, url: 'https://crm.example.com/hub' }
      const made = await askConsole(hub, OPERATOR, '/v1/portals', { method: 'POST', body })
      const { portal, secret } = made.body as { portal: { name: string }; secret: string }
      assert.equal(portal.name, name)
      assert.match(secret, /^whsec_/)
      const wanted = encodeURIComponent(name.toUpperCase().slice(1))
      const found = await askConsole(hub, OPERATOR, `/v1/portals?q=${wanted}`)
      assert.deepEqual(
        (found.body as { items: { name: string }[] }).items.map((one) => one.name),
        [name],
      )
      assert.doesNotMatch(found.text, /whsec_/)
    }
    const none = await askConsole(hub, OPERATOR, `/v1/portals?q=${'x'.repeat(10_000)}`)
    assert.deepEqual(none.body, { items: [] })
  })

  it('is refused where a cursor is none that was given out', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    for (const cursor of ['%00', 'AAAA', '..%2F']) {
      assert.equal((await askConsole(hub, OPERATOR, `/v1/lines?cursor=${cursor}`)).status, 400)
    }
  })

  it('pages through lines by cursor, each once', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    for (const line of ['a', 'b', 'c']) await makeLine(hub, portal, line)
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await askConsole(hub, OPERATOR, `/v1/lines?limit=2${cursor}`)
      const page = body as { items: { line: string }[]; cursor?: string }
      seen.push(...page.items.map(({ line }) => line))
      cursor = page.cursor === undefined ? '' : `&cursor=${page.cursor}`
    } while (cursor !== '')
    assert.deepEqual(seen, ['a', 'b', 'c'])
  })
})

describe('methods of a portal', () => {
  it('are called as the portal would, but for those that open the hub', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    const call = (method: string, body: object = {}) =>
      askConsole(hub, OPERATOR, `/v1/portals/${portal.id}/methods/${method}`, {
        method: 'POST',
        body,
      })
    assert.equal((await call('createConsoleLink')).status, 403)
    assert.equal((await call('rotateSecret')).status, 403)
    assert.equal((await call('nope')).status, 404)
    const bad = await call('listLines', { limit: 'many' })
    assert.deepEqual([bad.status, codeOf(bad)], [400, 'HUB_BAD_PARAMS'])
    const line = await comeIn(portal, { connector: 'telegram', line: '1' })
    const ofPortal = await askConsole(hub, line, `/v1/portals/${portal.id}/methods/listLines`, {
      method: 'POST',
      body: {},
    })
    assert.equal(ofPortal.status, 403)
  })
})

describe('the console while the store is away', () => {
  it('answers 503 with Retry-After, and goes on when it is back', async () => {
    await using server = await startMariaDb()
    await using hub = await startTestHub({
      databaseUrl: await server.createDatabase(),
      env: ADMIN_ENV,
    })
    await using portal = await addTestPortal(hub)
    const visitor = await comeIn(portal)
    await server.kill()
    for (const who of [visitor, OPERATOR]) {
      const refused = await askConsole(hub, who, '/v1/lines')
      assert.deepEqual([refused.status, codeOf(refused)], [503, 'HUB_STORE_UNAVAILABLE'])
      assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    }
    await server.restart()
    const isBack = async () => (await askConsole(hub, visitor, '/v1/overview')).status === 200
    await waitFor(isBack, 'the console is back', 15_000)
  })
})

describe('what is live', () => {
  it('shows a line that changes, and ends with its session', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    const id = await makeLine(hub, portal)
    const visitor = await comeIn(portal)
    const response = await fetch(`${hub.url}/admin/api/v1/live?line=${id}`, {
      headers: visitor.headers,
    })
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
    let text = ''
    const reading = (async () => {
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk)
    })()
    await waitFor(() => /event: hello[\s\S]*event: overview[\s\S]*event: line/.test(text), 'all')
    const pause = { method: 'POST', body: { reason: 'lunch' } }
    await askConsole(hub, visitor, `/v1/lines/${id}/pause`, pause)
    await waitFor(() => text.includes('lunch'), 'the change', 10_000)
    await askConsole(hub, visitor, '/session', { method: 'DELETE' })
    await reading
  })
})
