import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Connector } from '../../src/core/connector.ts'
import { DeliveryError, TransportError } from '../../src/core/errors.ts'
import type { ChannelFinding } from '../../src/core/health.ts'
import { assertHidden, type Bench, type Check, openBench, type Subject } from './bench.ts'
import type { CheckBench, ContractFault } from './kit.ts'

/** Instead of a connector's own time-out, which nobody wants to wait for. */
const TIMEOUT_MS = 300
const RIVAL = 'https://bot.rival.example:8443/hook/secret-of-the-rival'

const NO_ANSWERS = ['', '<html><body>ok</body></html>', 'null', 'true', '[]', '{}', '"ok"', '7']
const FAULTS: readonly ContractFault[] = [
  { status: 500, words: 'oops' },
  { status: 502, words: 'bad gateway' },
  { status: 429, words: 'too many', headers: { 'retry-after': '5' } },
  'reset',
  'silence',
]

/** What `check` finds, and that it finds nothing where nothing is known. A connector without one owes nothing. */
export function checkChecks(subject: Subject): Check[] {
  return [
    { name: 'a check finds nothing at a line that is well', run: () => isWell(subject) },
    { name: 'a check finds credentials that are refused', run: () => findsRefusal(subject) },
    { name: "a check finds another's webhook, and names its host", run: () => findsRival(subject) },
    { name: 'a check finds that there is no webhook', run: () => findsNone(subject) },
    { name: 'a check finds an address that fails', run: () => findsFailure(subject) },
    { name: 'a check names the right that is missing', run: () => findsRight(subject) },
    {
      name: 'a check says of a channel that is in trouble that it can not tell',
      run: () => isInTrouble(subject),
    },
    {
      name: 'a check takes nonsense for nothing that is broken',
      run: () => readsNonsense(subject),
    },
    { name: 'a check that is aborted says so', run: () => isAborted(subject) },
  ]
}

/** The channel as it is after `install`. Undefined where there is no check. */
async function openWell(
  subject: Subject,
  timeoutMs?: number,
): Promise<(Bench & { readonly checks: CheckBench }) | undefined> {
  const stack = new AsyncDisposableStack()
  const bench = stack.use(await openBench(subject, timeoutMs))
  const { connector, checks, line } = bench
  try {
    assertComplete(subject, connector, checks)
    if (checks) {
      checks.point?.(line.webhookUrl)
      const kept = stack.move()
      return { ...bench, checks, [Symbol.asyncDispose]: () => kept.disposeAsync() }
    }
    return undefined
  } finally {
    await stack.disposeAsync()
  }
}

/** What a connector can find stands in its descriptor, and its kit can bring each of it about. */
function assertComplete(
  { descriptor: { finds } }: Subject,
  { check }: Connector,
  checks: CheckBench | undefined,
): void {
  const states = [check, finds, checks].map((one) => one !== undefined)
  assert.ok(new Set(states).size === 1, 'check, `finds` and the kit’s `checks` go together')
  const hands = [
    ['webhook_missing', checks?.point],
    ['webhook_overwritten', checks?.point],
    ['webhook_failing', checks?.complain],
  ] as const
  for (const [code, hand] of hands) {
    assert.equal(hand !== undefined, finds?.includes(code) ?? false, `kit and \`finds\`: ${code}`)
  }
}

/** What the check finds. It has changed nothing, and shows no secret. */
async function look(subject: Subject, bench: Bench): Promise<readonly ChannelFinding[]> {
  const { connector, line } = bench
  const before = bench.checks?.changes()
  const found = await connector.check?.(line, bench.call())
  assert.ok(found)
  assert.equal(bench.checks?.changes(), before, 'the check has changed something')
  for (const one of found) {
    assert.ok(subject.descriptor.finds?.includes(one.code), `${one.code} is not in \`finds\``)
    assert.ok(!('words' in one) || (one.words ?? '').length <= 300, inspect(one))
  }
  assertUnseen(bench, inspect(found))
  return found
}

function assertUnseen(bench: Bench, shown: string): void {
  assertHidden(bench, shown)
  const hash = new URL(bench.line.webhookUrl).searchParams.get('hash') ?? ''
  for (const secret of [hash, 'secret-of-the-rival']) assert.ok(!shown.includes(secret), shown)
}

async function isWell(subject: Subject): Promise<void> {
  await using bench = await openWell(subject)
  if (bench) assert.deepEqual(await look(subject, bench), [])
}

async function findsRefusal(subject: Subject): Promise<void> {
  await using bench = await openWell(subject)
  if (!bench) return
  bench.refuse()
  const found = await look(subject, bench).catch((error: unknown) => {
    assert.ok(error instanceof DeliveryError && error.fault.disposition === 'pause', inspect(error))
    assertUnseen(bench, inspect(error))
    return undefined
  })
  if (found)
    assert.deepEqual(
      found.map(({ code }) => code),
      ['token_refused'],
    )
}

async function findsRival(subject: Subject): Promise<void> {
  await using bench = await openWell(subject)
  if (!bench?.checks.point) return
  bench.checks.point(RIVAL)
  const rival = { code: 'webhook_overwritten', host: 'bot.rival.example:8443' }
  assert.deepEqual(await look(subject, bench), [rival])
}

async function findsNone(subject: Subject): Promise<void> {
  await using bench = await openWell(subject)
  if (!bench?.checks.point) return
  bench.checks.point('')
  assert.deepEqual(await look(subject, bench), [{ code: 'webhook_missing' }])
}

async function findsFailure(subject: Subject): Promise<void> {
  await using bench = await openWell(subject)
  if (!bench) return
  const { settings, line } = bench
  const { complain } = bench.checks
  if (!complain) return
  complain(
    `${'é'.repeat(200)} ${line.webhookUrl} ${Object.values(settings).join(' ')} ${'🙂'.repeat(99)}`,
  )
  const [found, ...rest] = await look(subject, bench)
  assert.deepEqual([found?.code, rest], ['webhook_failing', []])
}

async function findsRight(subject: Subject): Promise<void> {
  await using bench = await openWell(subject)
  if (!bench?.checks.takeRight) return
  const permission = bench.checks.takeRight()
  const [found] = await look(subject, bench)
  assert.deepEqual(found, { code: 'permission_missing', permission, isVital: true })
}

/** Nothing is told of the line: thrown as a channel that can't be reached. */
async function isInTrouble(subject: Subject): Promise<void> {
  for (const fault of FAULTS) {
    await using bench = await openWell(subject, fault === 'silence' ? TIMEOUT_MS : undefined)
    if (!bench) return
    bench.checks.fail(fault)
    await cantTell(bench, look(subject, bench), inspect(fault))
  }
}

async function cantTell(bench: Bench, work: Promise<unknown>, about: string): Promise<void> {
  const error = await work.then(
    (found) => assert.fail(`${about}: ${inspect(found)}`),
    (reason: unknown) => reason,
  )
  assertUnseen(bench, inspect(error, { depth: 9 }))
  const isRetry = error instanceof DeliveryError && error.fault.disposition === 'retry'
  assert.ok(isRetry || error instanceof TransportError, `${about}: ${inspect(error)}`)
}

/** Such an answer may tell nothing, or be none; it never says that anything is wrong. */
async function readsNonsense(subject: Subject): Promise<void> {
  for (const body of NO_ANSWERS) {
    await using bench = await openWell(subject)
    if (!bench) return
    bench.checks.say(200, body)
    await cantTell(bench, look(subject, bench), body)
  }
  await using first = await openWell(subject)
  for (const body of first?.checks.nonsense ?? []) {
    await using bench = await openWell(subject)
    if (!bench) return
    bench.checks.say(200, body)
    const found = await look(subject, bench).catch((error: unknown) =>
      cantTell(bench, Promise.reject(error), body),
    )
    assert.deepEqual(found ?? [], [], body)
  }
}

async function isAborted(subject: Subject): Promise<void> {
  await using bench = await openWell(subject)
  if (!bench) return
  const { connector, line, checks } = bench
  const early = bench.call({ signal: AbortSignal.abort() })
  await saysAborted(connector.check?.(line, early))
  checks.fail('silence')
  const controller = new AbortController()
  const checking = saysAborted(connector.check?.(line, bench.call({ signal: controller.signal })))
  await setImmediate()
  controller.abort()
  await checking
}

async function saysAborted(work: Promise<unknown> | undefined): Promise<void> {
  const error = await work?.then(
    () => assert.fail('it was told as done'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof TransportError && error.reason === 'ABORTED', inspect(error))
}
