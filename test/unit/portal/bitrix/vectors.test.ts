import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  type Command,
  readArguments,
  readCommand,
  writePost,
} from '../../../../src/portal/dialects/bitrix/wire/command.ts'
import { readForm, writeForm } from '../../../../src/portal/dialects/bitrix/wire/form.ts'
import { serialize } from '../../../../src/portal/dialects/bitrix/wire/php-serialize.ts'
import { unserialize } from '../../../../src/portal/dialects/bitrix/wire/php-unserialize.ts'
import type { PhpValue } from '../../../../src/portal/dialects/bitrix/wire/php-value.ts'
import { isSigned, signFields } from '../../../../src/portal/dialects/bitrix/wire/signature.ts'
import { withoutStubs } from '../../../../src/portal/dialects/bitrix/wire/stubs.ts'
import { type BitrixVector, readBitrixVectors, toPhp } from '../../../helpers/bitrix-vectors.ts'

const vectors = readBitrixVectors()

describe('commands that the real module has sent', () => {
  for (const vector of vectors) {
    if (vector.direction !== 'portal->hub' || vector.rawBody === undefined) continue
    it(`${vector.id}: ${vector.name}`, () => checkCommand(vector, vector.rawBody ?? ''))
  }
})

describe('posts that the real module was sent', () => {
  for (const vector of vectors) {
    if (vector.direction !== 'hub->portal') continue
    it(`${vector.id}: ${vector.name}`, () => checkPost(vector, vector.rawBody ?? ''))
  }
})

it('reads the examples that stand in no recording', () => {
  const post = {
    command: 'testConnect',
    connector: 'telegrambot',
    line: '7',
    data: [],
  }
  const keyHash = hash('md5', 'DEMO-LICENSE-KEY-0001')
  const body = Buffer.from(writePost(post, keyHash))
  assert.equal(isSigned(readForm(body), keyHash), true)
  assert.equal(isSigned(readForm(body), hash('md5', 'another')), false)
})

/** The licence and key hash of the portal that has sent it. */
function keyHashOf({ signKey, licenceKey = '' }: BitrixVector): string {
  return hash('md5', signKey ?? licenceKey)
}

function checkCommand(vector: BitrixVector, rawBody: string): void {
  const command = readCommand(Buffer.from(rawBody))
  const sent = new Map(vector.bodyFields)
  assert.deepEqual(
    [...command.fields].map(([name, value]) => [name, value.toString('utf8')]),
    vector.bodyFields,
  )
  assert.equal(writeForm(sent), rawBody)
  assert.equal(isSigned(command.fields, keyHashOf(vector)), true)
  assert.equal(isSigned(command.fields, hash('md5', 'ANOTHER-KEY')), false)
  checkHead(command, sent)
  const data = Buffer.from(sent.get('DATA') ?? '', 'base64')
  assert.equal(data.toString('utf8'), serializedOf(vector))
  assert.equal(serialize(unserialize(data)), data.toString('utf8'))
  assert.equal(serialize(toPhp(vector.wireArgs)), data.toString('utf8'))
  const args = withoutStubs(toRead(vector.wireArgs))
  assert.deepEqual(readArguments(command), typeof args === 'object' ? args : [])
}

function checkHead(command: Command, sent: ReadonlyMap<string, string>): void {
  const read = (name: string) => (sent.get(name) ?? '').replace(/^#EMPTY(_ARRAY)?#$/, '')
  assert.equal(command.command, read('BX_COMMAND'))
  assert.equal(command.licence, read('BX_LICENCE'))
  assert.equal(command.domain, read('BX_DOMAIN'))
  assert.equal(command.type, 'CP')
  assert.equal(command.region ?? '', read('BX_REGION'))
  assert.equal(command.version, read('BX_VERSION'))
  assert.equal(command.connector, read('CONNECTOR'))
  assert.equal(command.line, read('LINE'))
}

function serializedOf({ dataSerialized }: BitrixVector): string | undefined {
  if (typeof dataSerialized !== 'object') return dataSerialized
  return Buffer.from(dataSerialized.$hex, 'hex').toString('utf8')
}

/** As our reader gives it. */
function toRead(value: unknown): PhpValue {
  return unserialize(Buffer.from(serialize(toPhp(value))))
}

function checkPost(vector: BitrixVector, rawBody: string): void {
  const keyHash = keyHashOf(vector)
  const fields = readForm(Buffer.from(rawBody))
  const { BX_HASH: _, ...texts } = Object.fromEntries(
    [...fields].map(([name, value]) => [name, value.toString('utf8')]),
  )
  assert.equal(
    writeForm(new Map([...fields].map(([name, value]) => [name, String(value)]))),
    rawBody,
  )
  if (!fields.has('BX_HASH')) {
    // It was posted without the hash that it would have had.
    assert.equal(isSigned(fields, keyHash), false)
  } else if (vector.expectBadHash && !isSameSigner(vector, Object.values(texts))) {
    assert.equal(isSigned(fields, hash('md5', vector.licenceKey ?? '')), false)
  } else {
    assert.equal(signFields(Object.values(texts), keyHash), vector.hash)
    assert.equal(isSigned(fields, keyHash), true)
  }
  if (isPlainPost(vector, Object.keys(texts))) {
    const post = {
      command: texts['BX_COMMAND'] ?? '',
      connector: texts['CONNECTOR'] ?? '',
      line: texts['LINE'] ?? '',
      data: toPhp(vector.wireArgs),
    }
    assert.equal(writePost(post, keyHash), rawBody)
  }
}

/** A bad hash by another reason than its value: the type, or a field that is missing. */
function isSameSigner(vector: BitrixVector, values: readonly string[]): boolean {
  return signFields(values, hash('md5', vector.licenceKey ?? '')) === vector.hash
}

function isPlainPost(vector: BitrixVector, names: readonly string[]): boolean {
  const ours = ['BX_COMMAND', 'BX_TYPE', 'BX_VERSION', 'CONNECTOR', 'LINE', 'DATA']
  const isOurs = names.join() === ours.join() && vector.rawBody?.includes('&BX_TYPE=CP&') === true
  return isOurs && vector.args !== undefined && /BX_HASH=[0-9a-f]{32}$/.test(vector.rawBody ?? '')
}
