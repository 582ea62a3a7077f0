import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { connectors } from '#connectors'
import { DeliveryError } from '../../src/core/errors.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { type Check, deliver, failureOf, openBench, type Subject } from './bench.ts'
import { buttonChecks } from './check-buttons.ts'
import { fileChecks } from './check-files.ts'
import { limitChecks } from './check-limits.ts'
import { partChecks } from './check-parts.ts'
import { readFixtures } from './fixtures.ts'

/** Each capability against what is really sent, and what comes. */
export function capabilityChecks(subject: Subject): Check[] {
  return [
    {
      name: 'has the methods that its capabilities promise, and no others',
      run: () => hasMethods(subject),
    },
    {
      name: 'promises reactions and statuses that its updates show',
      run: () => promisesFlags(subject),
    },
    { name: 'knows a person who is not there, if it says so', run: () => knowsNobody(subject) },
    {
      name: 'sends a template if it says so, and refuses it else',
      run: () => sendsTemplate(subject),
    },
    ...limitChecks(subject),
    ...fileChecks(subject),
    ...buttonChecks(subject),
    ...partChecks(subject),
  ]
}

async function hasMethods(subject: Subject): Promise<void> {
  const { capabilities, methods } = subject.descriptor
  await using bench = await openBench(subject)
  const { connector } = bench
  assert.deepEqual(
    {
      polling: [connector.poll !== undefined, connector.isPolling !== undefined],
      webhookInstall: [connector.install !== undefined, connector.uninstall !== undefined],
    },
    {
      polling: [capabilities.polling, capabilities.polling],
      webhookInstall: [capabilities.webhookInstall, capabilities.webhookInstall],
    },
  )
  assert.deepEqual(
    connector.methods.map(({ name }) => name),
    methods,
  )
}

/** A connector that promises the very same as its parent is shown by its parent's updates too. */
async function promisesFlags({ descriptor }: Subject): Promise<void> {
  const { id, parent, capabilities } = descriptor
  const isLikeParent = connectors.some(
    (one) => one.id === parent && isDeepStrictEqual(one.capabilities, capabilities),
  )
  // What a virtual connector's updates show, its parent gets as well.
  const isOwn = (connector: string): boolean =>
    parent === undefined || isLikeParent || connector === id
  const events = readFixtures(descriptor)
    .filter(({ connector }) => isOwn(connector))
    .flatMap((fixture) => fixture.events)
  assert.equal(
    capabilities.reactions,
    events.some(({ type }) => type === 'reaction'),
    'reactions',
  )
  const told = new Set(
    events.flatMap(({ type, status = '' }) => (type === 'message.status' ? [status] : [])),
  )
  for (const status of ['delivered', 'read'] as const) {
    assert.equal(capabilities.statuses.includes(status), told.has(status), status)
  }
  if (told.has('noAccount')) assert.ok(capabilities.statuses.includes('noAccount'), 'noAccount')
}

async function sendsTemplate(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { connector, chatId, line } = bench
  const isPromised = subject.descriptor.capabilities.templates === true
  assert.equal(connector.sendsTemplates === true, isPromised)
  const parameters = [{ type: 'body', value: 'A-17' }] as const
  const message = { template: { name: 'order', language: 'en', parameters } }
  if (isPromised) {
    const { views } = await deliver(bench, message)
    assert.deepEqual(
      views.flatMap(({ texts }) => texts),
      ['A-17'],
    )
    return
  }
  const before = bench.sent()
  const error = await failureOf(bench, connector.send(chatId, message, line, bench.call()))
  assert.ok(error instanceof DeliveryError)
  assert.deepEqual([error.fault.disposition, error.fault.outcome], ['reject', 'not-sent'])
  assert.equal(bench.sent(), before)
}

async function knowsNobody(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const isPromised = subject.descriptor.capabilities.statuses.includes('noAccount')
  assert.equal(isPromised, bench.forgetPerson !== undefined)
  if (!bench.forgetPerson) return
  bench.forgetPerson()
  const { connector, chatId, line } = bench
  const work = connector.send(chatId, { text: plainText('hello') }, line, bench.call())
  const error = await failureOf(bench, work)
  assert.ok(error instanceof DeliveryError)
  assert.deepEqual([error.fault.isNoAccount, error.fault.outcome], [true, 'not-sent'])
}
