import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OAuthStates, STATE_MS } from '../../../../src/portal/dialects/bitrix/oauth/states.ts'
import { createDialectMemory } from '../../../helpers/dialect-memory.ts'
import { createManualClock } from '../../../helpers/manual-clock.ts'

const PORTAL = 'prt_01a'
const WISH = { connector: 'vk', line: '7', returnUrl: 'https://portal.example/' }

describe('states of OAuth', () => {
  it('give one of many who come at once what they are for', async () => {
    const { states } = open()
    const state = await states.open(PORTAL, WISH)
    const found = await Promise.all(Array.from({ length: 5 }, () => states.take(state)))
    assert.deepEqual(found.map((one) => one?.kind).sort(), ['open', 'used', 'used', 'used', 'used'])
    const [first] = found.filter((one) => one?.kind === 'open')
    assert.equal(first?.kind === 'open' && first.wish.returnUrl, WISH.returnUrl)
    assert.equal((await states.find(state))?.kind, 'used')
  })

  it('end after ten minutes, to the millisecond', async () => {
    const { states, clock } = open()
    const state = await states.open(PORTAL, WISH)
    clock.jump(STATE_MS - 1)
    assert.equal((await states.find(state))?.kind, 'open')
    clock.jump(1)
    assert.equal((await states.find(state))?.kind, 'expired')
    assert.equal((await states.take(state))?.kind, 'expired')
  })

  it('are bounded: what is of no use goes first, then what is oldest', async () => {
    const { states, memory } = open()
    const [first, ...rest] = await openMany(states, 50)
    assert.ok(first)
    await states.take(rest.at(-1) ?? '')
    await states.open(PORTAL, WISH)
    assert.equal((await states.find(first))?.kind, 'open')
    assert.equal(await states.find(rest.at(-1) ?? ''), undefined)
    await states.open(PORTAL, WISH)
    assert.equal(await states.find(first), undefined)
    assert.ok(((await memory.portals.read(PORTAL, 'oauth:states'))?.value.length ?? 0) < 20_000)
  })

  it('say nothing to who makes one up, or has one of another portal', async () => {
    const { states } = open()
    const state = await states.open(PORTAL, WISH)
    for (const other of [`${state.slice(0, 43)}prt_01b`, `x${state.slice(1)}`, '', `${state} `]) {
      assert.equal(await states.find(other), undefined)
      assert.equal(await states.take(other), undefined)
    }
    assert.equal((await states.find(state))?.kind, 'open')
  })

  it('open for many pages at once', async () => {
    const { states } = open()
    const made = await Promise.all(Array.from({ length: 5 }, () => states.open(PORTAL, WISH)))
    for (const state of made) assert.equal((await states.find(state))?.kind, 'open')
  })
})

function open() {
  const clock = createManualClock()
  const memory = createDialectMemory()
  return { clock, memory, states: new OAuthStates(memory.portals, clock) }
}

async function openMany(states: OAuthStates, count: number): Promise<string[]> {
  const made: string[] = []
  for (let index = 0; index < count; index++) made.push(await states.open(PORTAL, WISH))
  return made
}
