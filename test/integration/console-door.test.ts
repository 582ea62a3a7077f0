import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ADMIN_ENV,
  ADMIN_TOKEN,
  askConsole,
  codeOf,
  comeIn,
  makeLink,
  NOBODY,
  OPERATOR,
  visitorOf,
} from '../helpers/console.ts'
import { addTestPortal, startTestHub, type TestHub } from '../helpers/hub.ts'
import { createJumpClock } from '../helpers/jump-clock.ts'
import { failureOf } from '../helpers/rpc.ts'
import { testStores } from '../helpers/stores.ts'

const MEMORY = { databaseUrl: 'sqlite::memory:' }

function signIn(hub: TestHub, token: string, headers: Record<string, string> = {}) {
  return fetch(`${hub.url}/admin/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  })
}

describe('sessions of operators', () => {
  it('open with the token, are of no use with another one, and end when they are ended', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    const response = await signIn(hub, ADMIN_TOKEN)
    assert.equal(response.status, 200)
    assert.match(
      response.headers.get('set-cookie') ?? '',
      /^hub_session=[\w-]{43}; Path=\/; Max-Age=43[12]\d\d; HttpOnly; SameSite=Strict$/,
    )
    const visitor = visitorOf(response)
    const session = await askConsole(hub, visitor, '/session')
    assert.deepEqual((session.body as { scope: object }).scope, { kind: 'operator' })
    assert.equal((await askConsole(hub, visitor, '/session', { method: 'DELETE' })).status, 204)
    assert.equal((await askConsole(hub, visitor, '/session')).status, 401)
    assert.equal(hub.logText().includes(ADMIN_TOKEN), false)
  })

  it('put an address off that was wrong five times in a minute, whatever it sends', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    for (let count = 0; count < 5; count++) {
      assert.equal((await signIn(hub, `wrong-${count}`)).status, 401)
    }
    const refused = await signIn(hub, ADMIN_TOKEN)
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
    const bearer = { headers: { authorization: 'Bearer wrong-again' } }
    assert.equal((await askConsole(hub, bearer, '/v1/overview')).status, 429)
    // Others are not put off.
    const elsewhere = { 'x-forwarded-for': '203.0.113.9' }
    assert.equal((await signIn(hub, ADMIN_TOKEN, elsewhere)).status, 200)
  })
})

describe('requests by cookie', () => {
  it('change something from the hub’s own pages alone, and as JSON', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    const visitor = visitorOf(await signIn(hub, ADMIN_TOKEN))
    const ask = (headers: Record<string, string>) =>
      askConsole(hub, visitor, '/v1/lines/retry', { method: 'POST', body: { ids: [1] }, headers })
    assert.equal((await ask({})).status, 200)
    const foreign = await ask({ origin: 'https://evil.example' })
    assert.deepEqual([foreign.status, codeOf(foreign)], [403, 'HUB_FORBIDDEN'])
    assert.equal((await ask({ origin: 'null' })).status, 403)
    assert.equal((await ask({ origin: '' })).status, 403)
    assert.equal((await ask({ 'content-type': 'text/plain' })).status, 415)
    const crossSignIn = await signIn(hub, ADMIN_TOKEN, { origin: 'https://evil.example' })
    assert.equal(crossSignIn.status, 403)
  })

  it('compare the origin with HUB_PUBLIC_URL where it is set, and the cookie is Secure', async () => {
    const env = { ...ADMIN_ENV, HUB_PUBLIC_URL: 'https://hub.example.com' }
    await using hub = await startTestHub({ ...MEMORY, env })
    const response = await signIn(hub, ADMIN_TOKEN)
    assert.match(response.headers.get('set-cookie') ?? '', /; Secure$/)
    const visitor = visitorOf(response)
    const ask = (origin: string) =>
      askConsole(hub, visitor, '/v1/lines/retry', {
        ...{ method: 'POST', body: { ids: [1] } },
        headers: { origin },
      })
    assert.equal((await ask('https://hub.example.com')).status, 200)
    assert.equal((await ask(hub.url)).status, 403)
  })
})

describe('links', () => {
  for (const { name, open } of testStores()) {
    it(`work once, for a while, and as long as their portal is there (${name})`, async () => {
      await using store = await open()
      const clock = createJumpClock()
      await using hub = await startTestHub({
        databaseUrl: store.databaseUrl,
        env: ADMIN_ENV,
        clock,
      })
      await using portal = await addTestPortal(hub)
      const { url } = await makeLink(portal, { ttlSec: 60 })
      assert.equal((await fetch(url, { method: 'HEAD', redirect: 'manual' })).status, 204)
      const ahead = await fetch(url, { headers: { 'sec-purpose': 'prefetch' }, redirect: 'manual' })
      assert.equal(ahead.status, 204)
      const both = await Promise.all([1, 2].map(() => fetch(url, { redirect: 'manual' })))
      assert.deepEqual(both.map(({ status }) => status).sort(), [303, 410])
      const used = await fetch(url)
      assert.equal(used.status, 410)
      assert.match(await used.text(), /used already[\s\S]*уже использована/)

      const late = await makeLink(portal, { ttlSec: 60 })
      clock.jump(60_001)
      assert.equal((await fetch(late.url)).status, 410)
      assert.equal((await fetch(`${hub.url}/console/link/${'x'.repeat(43)}`)).status, 404)

      const visitor = await comeIn(portal)
      const orphan = await makeLink(portal)
      assert.equal((await askConsole(hub, visitor, '/session')).status, 200)
      const path = `/v1/portals/${portal.id}`
      await askConsole(hub, OPERATOR, `${path}/disable`, { method: 'POST', body: {} })
      assert.equal((await askConsole(hub, visitor, '/session')).status, 401)
      assert.equal((await fetch(orphan.url)).status, 404)
      await askConsole(hub, OPERATOR, `${path}/enable`, { method: 'POST', body: {} })
      assert.equal((await askConsole(hub, visitor, '/session')).status, 401)

      const again = await comeIn(portal)
      const last = await makeLink(portal)
      await askConsole(hub, OPERATOR, path, { method: 'DELETE' })
      assert.equal((await askConsole(hub, again, '/session')).status, 401)
      assert.equal((await fetch(last.url)).status, 404)
    })
  }

  it('open a session of a line that need not exist, which may make exactly that one', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    const visitor = await comeIn(portal, { connector: 'telegram', line: 'new', language: 'ru' })
    const session = (await askConsole(hub, visitor, '/session')).body as Record<string, unknown>
    assert.deepEqual(session['scope'], {
      kind: 'line',
      portal: { id: portal.id, name: 'Test' },
      line: { connector: 'telegram', line: 'new' },
    })
    assert.deepEqual(session['start'], { connector: 'telegram', line: 'new' })
    assert.equal(session['language'], 'ru')
    const save = (line: string) =>
      askConsole(hub, visitor, '/v1/lines', {
        method: 'PUT',
        body: {
          ...{ portal: portal.id, connector: 'telegram', line },
          settings: { token: '1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
        },
      })
    assert.equal((await save('other')).status, 404)
    const made = await save('new')
    assert.equal(made.status, 200)
    assert.doesNotMatch(made.text, /AAAA/)
  })

  it('that may be framed carry a cookie for that, and take origins alone', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: ADMIN_ENV })
    await using portal = await addTestPortal(hub)
    const { url } = await makeLink(portal, { embedIn: ['https://crm.example.com'] })
    const response = await fetch(url, { redirect: 'manual' })
    assert.match(
      response.headers.get('set-cookie') ?? '',
      /; HttpOnly; SameSite=None; Secure; Partitioned$/,
    )
    const bad = { embedIn: ['https://a.example/x', "https://b.example; script-src 'none'", '*'] }
    const fault = await failureOf(makeLink(portal, { ...bad, ttlSec: 59, line: '1' }))
    assert.deepEqual(fault.fields, ['connector', 'embedIn.0', 'embedIn.1', 'embedIn.2', 'ttlSec'])
    // Names that an address may have, and that mean something of their own in a page's policy.
    for (const origin of ['https://*', 'https://*.example', 'https://a;sandbox;', 'https://a,b']) {
      const { fields } = await failureOf(makeLink(portal, { embedIn: [origin] }))
      assert.deepEqual(fields, ['embedIn.0'], origin)
    }
    for (const origin of [
      'http://localhost:8080',
      'https://[::1]:8443',
      'https://xn--e1afmkfd.example',
    ]) {
      await makeLink(portal, { embedIn: [origin] })
    }
  })
})

describe('a hub with a listener for admins', () => {
  it('takes operators there alone, and portals on the public port alone', async () => {
    const env = { ...ADMIN_ENV, HUB_ADMIN_LISTEN: '127.0.0.1:0' }
    await using hub = await startTestHub({ ...MEMORY, env })
    await using portal = await addTestPortal(hub)
    const admin = `${hub.app.adminUrl}/admin/api/v1/overview`
    assert.equal((await askConsole(hub, OPERATOR, '/v1/overview')).status, 401)
    assert.equal((await fetch(admin, { headers: OPERATOR.headers })).status, 200)
    const visitor = await comeIn(portal)
    assert.equal((await askConsole(hub, visitor, '/v1/overview')).status, 200)
    assert.equal((await fetch(admin, { headers: visitor.headers })).status, 401)
    assert.equal((await askConsole(hub, NOBODY, '/v1/overview')).status, 401)
  })

  it('leads a link that comes there to the public port, and does not use it up', async () => {
    const env = { ...ADMIN_ENV, HUB_ADMIN_LISTEN: '127.0.0.1:0' }
    await using hub = await startTestHub({ ...MEMORY, env })
    await using portal = await addTestPortal(hub)
    const { url } = await makeLink(portal)
    const strayed = `${hub.app.adminUrl}${new URL(url).pathname}`
    for (let turn = 0; turn < 2; turn++) {
      const { status, headers } = await fetch(strayed, { redirect: 'manual' })
      assert.deepEqual([status, headers.get('location')], [303, url])
      assert.equal(headers.get('set-cookie'), null)
    }
    const opened = await fetch(url, { redirect: 'manual' })
    assert.deepEqual([opened.status, opened.headers.get('location')], [303, '/console/'])
  })
})
