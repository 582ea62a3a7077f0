import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { FakeBitrix } from '../fakes/bitrix/portal.ts'
import { startFakeTelegram } from '../fakes/telegram.ts'
import { CliHost } from '../helpers/cli-host.ts'

const cli = new CliHost()
after(() => cli[Symbol.asyncDispose]())

const PRIVATE = { HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8' }

describe('a portal of another make on the command line', () => {
  let folder: string
  let env: Record<string, string>
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-portals-'))
    env = { ...PRIVATE, HUB_DATABASE_URL: `sqlite:${folder}/hub.sqlite` }
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('who has never seen the hub is led to it, and to what is wrong', async () => {
    await using portal = await FakeBitrix.start()
    const { licence, keyHash } = portal.credentials
    const add = ['portal', 'add', 'Works', portal.url, '--dialect', 'bitrix']
    const bare = await cli.run(add, env)
    assert.equal(bare.code, 1)
    assert.match(
      bare.stderr,
      /licence is required; keyHash is required; hub portal dialects bitrix/,
    )
    const told = await cli.run(['portal', 'dialects', 'bitrix'], env)
    assert.match(told.stdout, /keyHash \(required, secret\).*1\. .*license_key\.php/s)
    assert.match((await cli.run(['portal', 'dialects'], env)).stdout, /chatwoot|bitrix/)
    assert.match(
      (await cli.run(['portal', 'dialects', 'x'], env)).stderr,
      /no dialect x; there are/,
    )

    const file = join(folder, 'fields')
    await writeFile(file, `# of the portal\nlicence=${licence}\r\n\nkeyHash=${'0'.repeat(32)}\n`)
    const made = await cli.run([...add, '--set-file', file], env)
    assert.equal(made.code, 0, made.stderr)
    assert.match(made.stdout, /What is to be done now:\n\n1\. /)
    assert.doesNotMatch(made.stdout, /whsec_/)
    const id = /prt_[a-z0-9]+/.exec(made.stdout)?.[0] ?? ''

    const wrong = await cli.run(['portal', 'test', id], env)
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /LICENCE_ERROR.*keyHash/)
    assert.equal(
      (await cli.run(['portal', 'edit', id, '--set', `keyHash=${keyHash}`], env)).code,
      0,
    )
    assert.match(
      (await cli.run(['portal', 'test', id], env)).stdout,
      /answers and believes the hub/,
    )
    const rotated = await cli.run(['portal', 'rotate', id], env)
    assert.match(rotated.stdout, /to be entered nowhere.*"hub portal edit"/)
    assert.doesNotMatch(rotated.stdout, /whsec_/)
    const asJson = await cli.json<{ ok: boolean }>(['portal', 'test', id], env)
    assert.equal(asJson.ok, true)
    await portal[Symbol.asyncDispose]()
    assert.match(
      (await cli.run(['portal', 'test', id], env)).stderr,
      /ECONNREFUSED.*nobody listens/,
    )
    assert.match(
      (await cli.run(['portal', 'test', 'prt_x'], env)).stderr,
      /there is no portal prt_x/,
    )
  })

  it('a file with something else in it is refused without its content', async () => {
    const file = join(folder, 'odd')
    await writeFile(file, 'PLANTED-secret\n')
    const add = ['portal', 'add', 'X', 'https://x.example', '--dialect', 'bitrix', '--set-file']
    const odd = await cli.run([...add, file], env)
    assert.deepEqual([odd.code, /line 1 of --set-file/.test(odd.stderr)], [64, true])
    assert.doesNotMatch(odd.stderr, /PLANTED/)
    const missing = await cli.run([...add, join(folder, 'none')], env)
    assert.match(missing.stderr, /--set-file can not be read: ENOENT/)
  })

  it('a line is connected without a page of the portal’s', async () => {
    await using portal = await FakeBitrix.start({ licenceKey: 'PLANTED-KEY-2' })
    await using telegram = await startFakeTelegram()
    const { licence, keyHash } = portal.credentials
    const fields = ['--set', `licence=${licence}`, '--set', `keyHash=${keyHash}`]
    const add = ['portal', 'add', 'Works', portal.url, '--dialect', 'bitrix', ...fields]
    const { id } = await cli.json<{ id: string }>(add, env)
    const token = '4242:a-token-of-a-test-000000000000000000'
    telegram.addBot({ token, id: 4242, username: 'shop_bot' })
    const line = ['line', 'connect', id, 'telegram', '7']
    const root = ['--set', `apiRoot=${telegram.url}`]
    const bad = await cli.run(
      [...line, ...root, '--set', 'token=4242:wrong-000000000000000000000000'],
      env,
    )
    assert.equal(bad.code, 1)
    assert.match(bad.stderr, /the channel says: token: /)
    assert.doesNotMatch(bad.stderr, /wrong-0000/)
    // The address stays: only what is named changes.
    const good = await cli.run([...line, '--set', `token=${token}`], env)
    assert.equal(good.code, 0, good.stderr)
    assert.match(good.stdout, /Line 7 is connected to @shop_bot \(4242\)\. Its webhook is set\./)
    const nobody = await cli.run(['line', 'connect', 'prt_x', 'telegram', '7'], env)
    assert.match(nobody.stderr, /there is no portal prt_x/)
  })
})
