import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  readArguments,
  readCommand,
  writePost,
} from '../../src/portal/dialects/bitrix/wire/command.ts'
import { serialize } from '../../src/portal/dialects/bitrix/wire/php-serialize.ts'
import { unserialize } from '../../src/portal/dialects/bitrix/wire/php-unserialize.ts'
import { PhpFloat, type PhpInput } from '../../src/portal/dialects/bitrix/wire/php-value.ts'
import { isSigned } from '../../src/portal/dialects/bitrix/wire/signature.ts'
import { requireProgram } from '../helpers/programs.ts'
import { Random } from '../simulation/random.ts'

const SCRIPT = fileURLToPath(new URL('./php/bitrix.php', import.meta.url))
const KEY_HASH = hash('md5', 'MADE-UP-KEY-0003-TEST')
const PHP = 'php'
const SEED = 15
const COUNT = 50

describe("PHP's own serialize and md5", () => {
  before(() => requireProgram(PHP, 'php-cli'))

  it('make commands that are read, believed, and written again as PHP has them', async () => {
    const forms = await php<string[]>(['make', String(SEED), String(COUNT)])
    assert.equal(forms.length, COUNT)
    const posts = forms.map((form) => {
      const command = readCommand(Buffer.from(form))
      assert.equal(isSigned(command.fields, KEY_HASH), true)
      assert.ok(Array.isArray(readArguments(command)))
      const bytes = Buffer.from(command.fields.get('DATA')?.toString() ?? '', 'base64')
      const { connector, line } = command
      return writePost({ command: 'x', connector, line, data: unserialize(bytes) }, KEY_HASH)
    })
    assert.deepEqual(await php(['check', String(SEED)], posts), [])
  })

  it('read what is made here, and write it byte for byte', async () => {
    const source = new Random(SEED)
    const random = () => source.next()
    const values = Array.from({ length: COUNT }, () => serialize(randomValue(random, 6)))
    const encoded = values.map((value) => Buffer.from(value).toString('base64'))
    assert.deepEqual(await php(['echo'], encoded), encoded)
  })
})

async function php<T>(args: readonly string[], input: unknown = []): Promise<T> {
  const child = spawn(PHP, ['-n', SCRIPT, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  // A script that needs no input may have ended before it was written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(input))
  const text = Buffer.concat(await child.stdout.toArray()).toString('utf8')
  return JSON.parse(text) as T
}

function randomValue(random: () => number, depth: number): PhpInput {
  const pick = Math.floor(random() * (depth > 0 ? 10 : 6))
  if (pick === 0) return null
  if (pick === 1) return random() < 0.5
  if (pick === 2) return Math.floor((random() - 0.5) * 2 ** 54)
  if (pick === 3) return new PhpFloat((random() - 0.5) * 10 ** Math.floor(random() * 60 - 30))
  if (pick === 4) return BigInt.asIntN(64, BigInt(Math.floor(random() * 2 ** 53)) * 4099n)
  if (pick === 5) return randomText(random)
  const members = Array.from({ length: Math.floor(random() * 6) }, () =>
    randomValue(random, depth - 1),
  )
  if (pick < 8) return members
  return new Map(
    members.map((member, index) => [index % 2 === 0 ? randomText(random) : index * 7 - 9, member]),
  )
}

function randomText(random: () => number): string {
  const letters = [...'aZ ";:{}&=+%\n\u0000ё€👋|~7']
  return Array.from(
    { length: Math.floor(random() * 9) },
    () => letters[Math.floor(random() * letters.length)],
  ).join('')
}
