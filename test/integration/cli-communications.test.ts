import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { CliHost } from '../helpers/cli-host.ts'
import { type CommRig, LINE, openCommRig } from '../helpers/comm-rig.ts'
import { TEST_KEY } from '../helpers/hub.ts'
import { type TestStore, testStores } from '../helpers/stores.ts'

/** A hub, and the command line in a process of its own on the same store. */
class Desk implements AsyncDisposable {
  readonly rig: CommRig
  readonly cli: CliHost
  readonly folder: string

  constructor(rig: CommRig, folder: string) {
    this.rig = rig
    this.folder = folder
    this.cli = new CliHost({ HUB_DATABASE_URL: rig.databaseUrl, HUB_SECRET_KEY: TEST_KEY })
  }

  /** `hub script list …` with the line's words behind the verb. */
  words(group: string, verb: string, ...rest: string[]): string[] {
    return [group, verb, this.rig.portal.id, LINE.connector, LINE.line, ...rest]
  }

  async file(name: string, content: unknown): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(
      path,
      typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
    )
    return path
  }

  /** The one line that a command which failed has said. */
  async fails(args: readonly string[], code: number, stdin: string | Buffer = ''): Promise<string> {
    const end = await this.cli.run(args, stdin)
    assert.deepEqual([end.code, end.stdout], [code, ''], `${args.join(' ')}: ${end.stderr}`)
    const [line = '', ...rest] = end.stderr.split('\n')
    assert.deepEqual(rest, [''], end.stderr)
    assert.match(line, /^hub: /)
    return line.slice('hub: '.length)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cli[Symbol.asyncDispose]()
    await this.rig[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function openDesk(store: TestStore): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-cli-comm-'))
  return new Desk(await openCommRig(store), folder)
}

const WELCOME = {
  code: 'welcome',
  name: 'Welcome',
  steps: [
    { send: { text: 'Hello {{ lead.name }}, at {{ params.time }}!' } },
    { tag: { add: ['greeted'] } },
    { waitReply: { timeoutSec: 86_400, save: 'city' } },
    { wait: 3600 },
    { notify: { city: '{{ lead.attributes.city }}' } },
  ],
}

for (const store of testStores()) {
  describe(`the communications on the command line, on ${store.name}`, () => {
    it('saves scripts, gives them back as they are saved, tests and deletes them', async () => {
      await using desk = await openDesk(store)
      const { cli, rig } = desk
      await rig.says(7001, 'hi')
      const lead = await rig.leadOf(7001)
      const file = await desk.file('welcome.json', WELCOME)
      const saved = await cli.json(desk.words('script', 'save', file))
      assert.deepEqual(saved, { id: 1, code: 'welcome', version: 1 })
      assert.deepEqual(
        await cli.json(desk.words('script', 'get', 'welcome')),
        await rig.call('getScript', { code: 'welcome' }),
      )
      const out = join(desk.folder, 'out.json')
      const got = await cli.run(desk.words('script', 'get', 'id:1', '--out', out))
      assert.equal(got.stdout, `Written to ${out}.\n`)
      const written = await readFile(out)
      assert.deepEqual(JSON.parse(written.toString()), WELCOME)
      // What is the same is no new version.
      const again = await cli.run(desk.words('script', 'save', '-'), written)
      assert.equal(again.stdout, 'Script welcome is saved, version 1.\n')
      assert.deepEqual(await cli.json(desk.words('script', 'list')), await rig.call('listScripts'))
      const listed = await cli.run(desk.words('script', 'list'))
      assert.match(
        listed.stdout,
        /^CODE +NAME +VERSION +ID +CHANGED\nwelcome +Welcome +1 +1 +.+ ago\n$/,
      )
      const asked = ['--lead', String(lead), '--params', '{"time":"15:30"}']
      const told = await cli.run(desk.words('script', 'test', 'welcome', ...asked))
      assert.deepEqual(told.stdout.split('\n'), [
        '1. sends "Hello Ann, at 15:30!"',
        '2. adds the tags greeted',
        '3. waits up to 1 d for an answer; here nobody answers',
        '4. waits 1 h',
        '5. tells the portal {"city":""}',
        'Then it is done.',
        'Nothing was sent.',
        '',
      ])
      assert.deepEqual(rig.sentTo(7001), [])
      const refused = await desk.fails(desk.words('script', 'delete', 'welcome'), 1)
      assert.match(refused, /^this deletes script welcome .*repeat it with --yes/)
      assert.deepEqual(await cli.json(desk.words('script', 'delete', 'welcome', '--yes')), {
        ok: true,
      })
      assert.equal(
        await desk.fails(desk.words('script', 'get', 'welcome'), 1),
        'there is no such script',
      )
    })
  })
}
