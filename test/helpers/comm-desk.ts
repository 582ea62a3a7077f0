import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliHost, type HostedCli } from './cli-host.ts'
import { type CommRig, LINE, openCommRig } from './comm-rig.ts'
import { TEST_KEY } from './hub.ts'
import type { TestStore } from './stores.ts'

/** A hub, and the command line in a process of its own on the same store. */
export class Desk implements AsyncDisposable {
  readonly rig: CommRig
  readonly cli: HostedCli
  readonly folder: string
  readonly #host = new CliHost()

  constructor(rig: CommRig, folder: string) {
    this.rig = rig
    this.folder = folder
    this.cli = this.#host.with({ HUB_DATABASE_URL: rig.databaseUrl, HUB_SECRET_KEY: TEST_KEY })
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
    await this.#host[Symbol.asyncDispose]()
    await this.rig[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}

export async function openDesk(store: TestStore): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-cli-comm-'))
  return new Desk(await openCommRig(store), folder)
}
