import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { SettingsError } from '../../src/core/errors.ts'
import { MASK, maskSettings, readSettings } from '../../src/core/settings.ts'
import { assertHidden, type Check, openBench, type Subject } from './bench.ts'

/** The fields of a form, what becomes of the values, and whether the channel takes them. */
export function settingsChecks(subject: Subject): Check[] {
  return [
    { name: 'declares fields that a form can be drawn from', run: () => drawsForm(subject) },
    {
      name: 'reports each required field that is missing, and every stranger',
      run: () => reportsFaults(subject),
    },
    {
      name: 'takes settings back as it showed them, with every secret masked',
      run: () => masksSecrets(subject),
    },
    {
      name: 'testConnect names the identity, or the field that is at fault',
      run: () => testsConnection(subject),
    },
  ]
}

/** The same of a channel that is the hub's own: it has no secrets, and nobody who could refuse them. */
export function hubsChecks(subject: Subject): Check[] {
  return [
    { name: 'declares fields that a form can be drawn from', run: () => drawsForm(subject) },
    { name: 'takes settings back as it showed them', run: () => takesBack(subject) },
    { name: 'testConnect names the identity', run: () => isConnected(subject) },
  ]
}

async function takesBack({ descriptor, kit }: Subject): Promise<void> {
  const { fields } = descriptor
  const required = fields.filter((field) => field.required).map(({ key }) => key)
  assert.deepEqual(
    faultsOf(() => readSettings(fields, { stranger: 'x' })),
    [...required, 'stranger'].sort(),
  )
  await using bench = await kit.open(descriptor.id)
  const stored = readSettings(fields, bench.settings)
  assert.deepEqual(descriptor.checkSettings?.(stored) ?? [], [])
  assert.deepEqual(readSettings(fields, maskSettings(fields, stored), stored), stored)
}

async function isConnected(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { connector, line } = bench
  const good = await connector.testConnect(line, bench.call())
  assert.ok(good.ok && good.identity !== '', inspect(good))
}

async function drawsForm({ descriptor: { fields } }: Subject): Promise<void> {
  assert.equal(new Set(fields.map(({ key }) => key)).size, fields.length)
  for (const field of fields) {
    assert.ok(field.label !== '' && !(field.secret && field.default !== undefined), field.key)
    if (field.pattern !== undefined) assert.ok(new RegExp(field.pattern))
    assert.equal(field.type === 'select', field.options !== undefined, field.key)
    if (field.options && field.default) assert.ok(field.options.includes(field.default))
  }
}

function faultsOf(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof SettingsError, inspect(error))
    return error.fields.map(({ field }) => field).sort()
  }
  return []
}

async function reportsFaults({ descriptor }: Subject): Promise<void> {
  const { fields } = descriptor
  const faultsOfNothing: readonly unknown[] = descriptor.checkSettings?.({}) ?? []
  const required = fields.filter((field) => field.required).map(({ key }) => key)
  assert.ok(required.length > 0 || faultsOfNothing.length > 0)
  assert.deepEqual(
    faultsOf(() => readSettings(fields, { stranger: 'x' })),
    [...required, 'stranger'].sort(),
  )
}

async function masksSecrets({ descriptor, kit }: Subject): Promise<void> {
  const { fields } = descriptor
  const secrets = fields.filter(({ secret }) => secret).map(({ key }) => key)
  await using bench = await kit.open(descriptor.id)
  const stored = readSettings(fields, bench.settings)
  assert.deepEqual(descriptor.checkSettings?.(stored) ?? [], [])
  for (const [key, value] of Object.entries(bench.settings)) assert.equal(stored[key], value)
  const shown = maskSettings(fields, stored)
  const kept = secrets.filter((key) => stored[key] !== undefined)
  assert.ok(kept.length > 0)
  for (const key of secrets) assert.equal(shown[key], kept.includes(key) ? MASK : null)
  for (const key of kept) assert.ok(!JSON.stringify(shown).includes(stored[key] ?? ''))
  assert.deepEqual(readSettings(fields, shown, stored), stored)
  const { [secrets[0] ?? '']: _, ...leftOut } = shown
  assert.deepEqual(readSettings(fields, leftOut, stored), stored)
}

async function testsConnection(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { connector, line } = bench
  const good = await connector.testConnect(line, bench.call())
  assert.ok(good.ok && good.identity !== '', inspect(good))
  bench.refuse()
  const bad = await connector.testConnect(line, bench.call())
  assert.ok(!bad.ok, inspect(bad))
  assert.equal(bad.error.code, 'HUB_CHANNEL_REFUSED')
  assert.ok(subject.descriptor.fields.some(({ key }) => key === bad.error.field))
  assertHidden(bench, inspect([good, bad]))
}
