import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { systemClock } from '../../src/core/clock.ts'
import type { ConnectorContext } from '../../src/core/connector.ts'
import type { RawRequest } from '../../src/core/http.ts'
import type { Line } from '../../src/core/line.ts'
import { NO_FILES } from '../helpers/no-files.ts'
import { NOTHING_KEPT } from '../helpers/nothing-kept.ts'
import {
  assertHidden,
  type Bench,
  type Check,
  makeLine,
  openBench,
  type Subject,
  WEBHOOK_SECRET,
} from './bench.ts'
import { type Fixture, readFixtures } from './fixtures.ts'

const ignore = (): void => undefined

/** For what is pure. */
const NOWHERE: ConnectorContext = {
  http: { request: () => Promise.reject(new Error('no network here')) },
  files: NO_FILES,
  ...NOTHING_KEPT,
  clock: systemClock,
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
}

/** Updates of the channel's own, forged ones, and those it will invent. */
export function inboundChecks(subject: Subject): Check[] {
  const own = readFixtures(subject.descriptor).filter(
    ({ connector }) => connector === subject.descriptor.id,
  )
  return [
    ...(subject.kit.isHubs === 'receives'
      ? []
      : [
          { name: 'believes its channel, and nobody else', run: () => believesItsChannel(subject) },
        ]),
    ...own.map((fixture) => ({
      name: `gives the golden events of ${fixture.name}`,
      run: () => givesGoldenEvents(subject, fixture),
    })),
    {
      name: 'passes on a kind of update it does not know as unsupported',
      run: () => passesOnUnknown(subject),
    },
  ]
}

/** A request whose body must not be looked into before it is believed. */
function sealed(body: string, headers: Readonly<Record<string, string>>): RawRequest {
  return {
    method: 'POST',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
    json: () => assert.fail('the body was parsed before it was believed'),
  }
}

/** The unknown update as the channel would post it to this line. */
function proofOf({ embed, unknownUpdate }: Bench, line: Line): string {
  return JSON.stringify(embed?.(unknownUpdate, line) ?? unknownUpdate)
}

async function believesItsChannel(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { connector, line, unknownUpdate } = bench
  const body = proofOf(bench, line)
  const headers = await bench.prove(body, line)
  const genuine = { ...sealed(body, headers), json: () => JSON.parse(body) as unknown }
  assert.deepEqual(await connector.verify(genuine, line), { ok: true })
  const forged = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, `${value.slice(0, -8)}AAAAAAAA`]),
  )
  const another = { ...line, webhookSecret: WEBHOOK_SECRET.replaceAll('o', '0') }
  const lies = bench.embed
    ? [sealed(JSON.stringify(unknownUpdate), {}), sealed(proofOf(bench, another), {})]
    : [sealed(body, {}), sealed(body, forged)]
  for (const wrong of lies) {
    const verification = await connector.verify(wrong, line)
    assert.equal(verification.ok, false)
    assertHidden(bench, inspect(verification))
  }
}

async function givesGoldenEvents({ descriptor, kit }: Subject, fixture: Fixture): Promise<void> {
  const { settings, receivedAt } = kit.fixtures
  const line = makeLine(descriptor, settings)
  const connector = descriptor.create(NOWHERE)
  const parsed = connector.parse(fixture.update, line, receivedAt)
  assert.deepEqual(parsed.events, fixture.events)
  assert.ok(parsed.key.length > 0 && parsed.key.length <= 512)
  assert.deepEqual(connector.parse(fixture.update, line, receivedAt), parsed)
}

async function passesOnUnknown(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const { events } = bench.connector.parse(bench.unknownUpdate, bench.line, 1)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['unsupported'],
  )
}
