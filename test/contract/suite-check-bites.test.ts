import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import { telegram } from '../../connectors/telegram/index.ts'
import type { CallContext, Connector, ConnectorDescriptor } from '../../src/core/connector.ts'
import type { ChannelFinding } from '../../src/core/health.ts'
import type { Line } from '../../src/core/line.ts'
import { kits } from './kits.ts'
import { checkChecks } from './suite-check.ts'

type LineCheck = NonNullable<Connector['check']>
/** A `check` that does wrong what the good one does right. */
type Misdeed = (good: Connector, check: LineCheck) => LineCheck

function badConnector(original: ConnectorDescriptor, misdeed: Misdeed): ConnectorDescriptor {
  return {
    ...original,
    create(context) {
      const good = original.create(context)
      const { check } = good
      assert.ok(check, original.id)
      return { ...good, check: misdeed(good, check) }
    },
  }
}

/** The names of the checks that aren't passed. */
async function failedOf(descriptor: ConnectorDescriptor): Promise<string[]> {
  const kit = kits[descriptor.id] ?? kits[descriptor.parent ?? '']
  assert.ok(kit)
  const failed: string[] = []
  for (const { name, run } of checkChecks({ descriptor, kit })) {
    const isPassed = await run().then(
      () => true,
      () => false,
    )
    if (!isPassed) failed.push(name)
  }
  return failed
}

const WELL = 'a check finds nothing at a line that is well'
const REFUSED = 'a check finds credentials that are refused'
const RIVAL = "a check finds another's webhook, and names its host"
const NONE = 'a check finds that there is no webhook'
const FAILING = 'a check finds an address that fails'
const TROUBLE = 'a check says of a channel that is in trouble that it can not tell'
const NONSENSE = 'a check takes nonsense for nothing that is broken'
const ABORTED = 'a check that is aborted says so'

const blind: Misdeed = () => async () => []
const fearful: Misdeed = (_good, check) => async (line, call) => {
  return await check(line, call).catch((): ChannelFinding[] => [{ code: 'token_refused' }])
}

function altered(alter: (found: ChannelFinding, line: Line) => ChannelFinding): Misdeed {
  return (_good, check) => async (line, call) =>
    (await check(line, call)).map((found) => alter(found, line))
}

const ROWS: readonly (readonly [title: string, misdeed: Misdeed, caught: readonly string[]])[] = [
  ['is as it should be', (_good, check) => check, []],
  ['sees nothing', blind, [REFUSED, RIVAL, NONE, FAILING, TROUBLE, NONSENSE, ABORTED]],
  ['takes trouble for a refused token', fearful, [TROUBLE, NONSENSE, ABORTED]],
  [
    'mends what it finds',
    (good, check) => async (line, call) => {
      const found = await check(line, call)
      if (found.length > 0) await good.install?.(line, call)
      return found
    },
    // A token that is refused can't change anything.
    [RIVAL, NONE, FAILING],
  ],
  [
    'shows the whole address of another',
    altered((found) =>
      found.code === 'webhook_overwritten'
        ? { ...found, host: 'https://bot.rival.example:8443/hook/secret-of-the-rival' }
        : found,
    ),
    [RIVAL],
  ],
  [
    "shows the line's own address",
    altered((found, { webhookUrl }) =>
      'words' in found ? { ...found, words: webhookUrl } : found,
    ),
    [REFUSED, FAILING],
  ],
  [
    'shows words of any length',
    altered((found) => ('words' in found ? { ...found, words: 'x'.repeat(301) } : found)),
    [REFUSED, FAILING],
  ],
  [
    'finds what it does not say it can',
    altered(() => ({ code: 'channel_limits', words: 'x' })),
    [REFUSED, RIVAL, NONE, FAILING],
  ],
  [
    'stumbles over trouble',
    (_good, check) => async (line, call) => {
      return await check(line, call).catch(() => assert.fail(new TypeError('a bug')))
    },
    [TROUBLE, NONSENSE, ABORTED],
  ],
  [
    'listens to nobody',
    (_good, check) => (line: Line, call: CallContext) =>
      check(line, { ...call, signal: new AbortController().signal }),
    [ABORTED],
  ],
  [
    'is never content',
    (_good, check) => async (line, call) => [
      ...(await check(line, call)),
      { code: 'permission_missing', permission: 'x', isVital: false },
    ],
    [WELL, REFUSED, RIVAL, NONE, FAILING, NONSENSE],
  ],
]

describe('the contract suite catches a check that', () => {
  for (const [title, misdeed, caught] of ROWS) {
    it(title, async () => {
      const bad = badConnector(telegram as ConnectorDescriptor, misdeed)
      assert.deepEqual(await failedOf(bad), caught)
    })
  }

  it('is missing where the descriptor promises it, or is promised nowhere', async () => {
    const original = telegram as ConnectorDescriptor
    const create: ConnectorDescriptor['create'] = (context) => {
      const { check: _, ...without } = original.create(context)
      return without
    }
    const { finds: _, ...silent } = original
    for (const bad of [{ ...original, create }, silent]) {
      assert.equal((await failedOf(bad)).length, 9)
    }
  })
})

/** That what each channel is made to say is really asked for. */
describe('the contract suite catches every check that', () => {
  const rows = [
    ['sees nothing', blind],
    ['takes trouble for a refused token', fearful],
  ] as const
  for (const [title, misdeed] of rows) {
    it(title, async () => {
      for (const original of connectors.filter(({ finds }) => finds)) {
        const failed = await failedOf(badConnector(original, misdeed))
        assert.ok(failed.includes(TROUBLE), `${original.id}: ${failed.join('; ')}`)
      }
    })
  }
})
