import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startTestHub } from '../helpers/hub.ts'

const TOKEN = 'TEST-admin-token-of-24-characters'
const MEMORY = { databaseUrl: 'sqlite::memory:' }

async function ask(url: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const response = await fetch(url, { headers })
  return [response.status, await response.text()]
}

describe('metrics', () => {
  it('show each pool and how full it is, to whoever has the admin token', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: { HUB_ADMIN_TOKEN: TOKEN } })
    const [status, text] = await ask(`${hub.url}/metrics`, { authorization: `Bearer ${TOKEN}` })
    assert.equal(status, 200)
    for (const pool of hub.app.services.pools.usages().map(({ name }) => name)) {
      for (const metric of ['capacity', 'used', 'waiting', 'refused_total']) {
        assert.match(text, new RegExp(`^hub_pool_${metric}\\{pool="${pool}"\\} \\d+$`, 'm'))
      }
    }
    assert.match(text, /^hub_pool_used\{pool="connections"\} [1-9]/m)
    assert.match(text, /^process_cpu_seconds_total \d/m)
  })

  it('are refused with a wrong token or none, and more and more wrong ones are put off', async () => {
    await using hub = await startTestHub({ ...MEMORY, env: { HUB_ADMIN_TOKEN: TOKEN } })
    const url = `${hub.url}/metrics`
    const [status, body] = await ask(url)
    assert.deepEqual([status, JSON.parse(body).error.code], [401, 'HUB_BAD_TOKEN'])
    const tried = []
    for (let index = 0; index < 20; index++) {
      tried.push((await ask(url, { authorization: `Bearer ${TOKEN}${index}` }))[0])
    }
    assert.ok(tried.includes(429), `${tried}`)
    assert.equal((await ask(url, { authorization: `Bearer ${TOKEN}` }))[0], 200)
    assert.equal(hub.logText().includes(TOKEN), false)
  })

  it('are nowhere without a token and without a listener of their own', async () => {
    await using hub = await startTestHub(MEMORY)
    assert.equal((await ask(`${hub.url}/metrics`))[0], 404)
    assert.equal((await ask(`${hub.url}/readyz`))[0], 200)
  })
})

describe('a listener for admins and operators', () => {
  it('answers what is theirs, which is gone from the public port', async () => {
    const env = { HUB_ADMIN_LISTEN: '127.0.0.1:0', HUB_ADMIN_TOKEN: TOKEN }
    await using hub = await startTestHub({ ...MEMORY, env })
    const own = hub.app.adminUrl ?? ''
    for (const path of ['/metrics', '/readyz', '/healthz']) {
      assert.equal((await ask(own + path))[0], 200, path)
    }
    for (const path of ['/metrics', '/readyz']) {
      const headers = { authorization: `Bearer ${TOKEN}` }
      assert.equal((await ask(hub.url + path, headers))[0], 404, path)
    }
    assert.equal((await ask(`${hub.url}/healthz`))[0], 200)
    assert.equal((await ask(`${own}/webhook?hash=${'0'.repeat(32)}`))[0], 404)
  })

  it('that can not be had ends the start', async () => {
    await using hub = await startTestHub(MEMORY)
    const port = new URL(hub.url).port
    const env = { HUB_ADMIN_LISTEN: `127.0.0.1:${port}` }
    await assert.rejects(startTestHub({ ...MEMORY, env }), /EADDRINUSE/)
  })
})
