import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { signedHeaders } from '../../src/client/signature.ts'
import { requireProgram } from '../helpers/programs.ts'
import { type ScriptPortal, startScriptPortal } from '../helpers/script-portal.ts'

const run = promisify(execFile)
const HERE = fileURLToPath(new URL('./php/', import.meta.url))
const CLIENT = fileURLToPath(new URL('../../clients/php/', import.meta.url))
const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const OLD_SECRET = `whsec_${Buffer.alloc(32, 6).toString('base64')}`

describe("PHP's router", () => {
  let portal: ScriptPortal
  let folder: string
  before(async () => {
    await requireProgram('php', 'php-cli')
    folder = await mkdtemp(join(tmpdir(), 'hub-php-'))
    portal = await startScriptPortal(['php', '-S', '127.0.0.1:PORT', `${HERE}router.php`], {
      HUB_SECRET: SECRET,
      HUB_OLD_SECRET: OLD_SECRET,
      MEMORY: join(folder, 'ids'),
    })
  })
  after(async () => {
    await portal[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('tells whether a person has changed', async () => {
    const script = `require '${CLIENT}OpenlinesHub.php';
      foreach ([['a', 'a'], ['a', 'b'], ['a', null], [null, 'a']] as [$version, $stored]) {
        $user = $version === null ? ['id' => '1'] : ['id' => '1', 'version' => $version];
        echo OpenlinesHub\\Person::hasChanged($user, $stored) ? 'yes ' : 'no ';
      }`
    const { stdout } = await run('php', ['-r', script])
    assert.equal(stdout, 'no yes yes yes ')
  })

  let packets = 0
  async function post(
    packet: object,
    { secrets = [SECRET], timestamp = Math.floor(Date.now() / 1000) } = {},
  ): Promise<{ status: number; body: unknown }> {
    packets += 1
    const id = `pkt_${packets}`
    const body = JSON.stringify({
      id,
      portal: 'prt_1',
      connector: 'telegram',
      line: '1',
      ...packet,
    })
    const headers = signedHeaders({ id, timestamp, body, secrets })
    const response = await fetch(portal.url, { method: 'POST', body, headers })
    return { status: response.status, body: JSON.parse(await response.text()) }
  }

  /** A packet of events `evt_<first>` on, each of the type that names what its handler does. */
  function events(
    types: readonly string[],
    first: string,
  ): Promise<{ status: number; body: unknown }> {
    return post({
      type: 'events',
      events: types.map((type, index) => ({ id: `evt_${first}${index}`, type })),
    })
  }

  it('accepts, refuses, and leaves what failed with all behind it', async () => {
    assert.deepEqual(await events(['ok', 'reject', 'unheard-of', 'throw', 'ok'], 'a'), {
      status: 200,
      body: {
        accepted: ['evt_a0', 'evt_a2'],
        rejected: [{ id: 'evt_a1', reason: 'not for us “ever”' }],
      },
    })
  })

  it('does not take an error, a fatal error or an exit for an acceptance', async () => {
    for (const fault of ['error', 'fatal', 'exit']) {
      const { body } = await events(['ok', fault, 'ok'], fault)
      assert.deepEqual(body, { accepted: [`evt_${fault}0`] }, fault)
    }
  })

  it('answers in JSON, whatever handlers print', async () => {
    assert.deepEqual((await events(['print', 'ok'], 'p')).body, { accepted: ['evt_p0', 'evt_p1'] })
  })

  it('handles an event once that comes again', async () => {
    await events(['ok'], 'twice')
    assert.deepEqual((await events(['ok'], 'twice')).body, { accepted: ['evt_twice0'] })
    assert.equal(portal.output().split('handled evt_twice0').length - 1, 1)
  })

  it('takes the challenge, and notices that are no events', async () => {
    const challenge = 'ch “1”'
    assert.deepEqual(await post({ type: 'connection.test', challenge }), {
      status: 200,
      body: { challenge },
    })
    assert.equal((await post({ type: 'connector.deactivated', reason: 'displaced' })).status, 200)
    assert.equal((await post({ type: 'connector.deactivated', reason: 'deleted' })).status, 500)
    assert.equal((await post({ type: 'line.health', health: { state: 'ok' } })).status, 200)
  })

  it('believes both secrets while one is being changed, and nothing else', async () => {
    const packet = { type: 'connection.test', challenge: 'x' }
    assert.equal((await post(packet, { secrets: [OLD_SECRET] })).status, 200)
    const stranger = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
    assert.equal((await post(packet, { secrets: [stranger, SECRET] })).status, 200)
    assert.equal((await post(packet, { secrets: [stranger] })).status, 401)
    const now = Math.floor(Date.now() / 1000)
    for (const timestamp of [now - 301, now + 302]) {
      assert.equal((await post(packet, { timestamp })).status, 401)
    }
    const bare = await fetch(portal.url, { method: 'POST', body: '{"id":"pkt_1","type":"events"}' })
    assert.equal(bare.status, 401)
  })

  it('signs as the vector of the documents says', async () => {
    const script = `require '${CLIENT}OpenlinesHub.php';
      echo OpenlinesHub\\Signature::sign('whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
        'pkt_2N4vectorvector0001', 1767225600, '{"hello":"wörld 😀"}');`
    const { stdout } = await run('php', ['-r', script])
    assert.equal(stdout, 'v1,o+sfT+roXGnBrehGSTZyz8BG6vTyoMhMLfaeyUrPh9g=')
  })

  it('is PHP 7.4', async () => {
    const example = (await readdir(`${CLIENT}example`)).map((name) => `${CLIENT}example/${name}`)
    const files = [`${CLIENT}OpenlinesHub.php`, ...example]
    for (const file of files) await run('php', ['-l', file])
    const { stdout } = await run('php', [`${HERE}syntax.php`, ...files])
    assert.equal(stdout, '')
  })
})
