import type { BitrixStage } from './bitrix-portal.ts'
import type { Disturbances } from './disturbances.ts'
import type { Ledger } from './ledger.ts'
import { readNumber } from './updates.ts'

/** Something with a number that came somewhere, and when (epoch milliseconds). */
interface Arrival {
  readonly number: number
  readonly at: number
}

/** What is still on its way, for people; none when all that was taken has come. */
export function missingOf(stage: BitrixStage): string[] {
  const shown = new Set(shownOf(stage).map(({ number }) => number))
  const person = Array.from({ length: stage.answered }, (_, number) => number)
  const sent = sentOf(stage)
  const answers = [...stage.operators.taken].flatMap(([chat, numbers]) => {
    const arrived = new Set(sent.get(chat)?.map(({ number }) => number))
    return numbers.filter((number) => !arrived.has(number)).map((number) => `${chat}: ${number}`)
  })
  return [
    ...person.filter((number) => !shown.has(number)).map((number) => `person: ${number}`),
    ...answers,
  ]
}

/** Counts for the report. */
export interface BitrixOutcome {
  readonly shownAgain: number
  readonly sentAgain: number
}

/** Holds what came against what was taken: order by the first arrival, and repeats only where something was wrong. */
export function judgeBitrix(
  stage: BitrixStage,
  troubles: Disturbances,
  ledger: Ledger,
): BitrixOutcome {
  const { portal, operators } = stage
  const say = (text: string): void => ledger.violation(`Bitrix24: ${text}`)
  for (const one of missingOf(stage).slice(0, 10)) say(`never came: ${one}`)
  if (portal.dropped.length > 0) say(`the portal dropped ${portal.dropped.length} items`)
  if (portal.refused > 0) say(`${portal.refused} posts were signed wrongly`)
  const judge = (what: string, arrivals: readonly Arrival[], taken: ReadonlySet<number>): number =>
    judgeRow(arrivals, taken, troubles, (text) => say(`${what}: ${text}`))
  const person = new Set(Array.from({ length: stage.answered }, (_, number) => number))
  const shownAgain = judge('the person’s messages', shownOf(stage), person)
  const sent = sentOf(stage)
  const sentAgain = [...operators.taken].reduce(
    (sum, [chat, taken]) => sum + judge(`chat ${chat}`, sent.get(chat) ?? [], new Set(taken)),
    0,
  )
  return { shownAgain, sentAgain }
}

/** Gives the number of repeats. What nobody knows to have been taken may come or not, and whenever it likes. */
function judgeRow(
  arrivals: readonly Arrival[],
  taken: ReadonlySet<number>,
  troubles: Disturbances,
  say: (text: string) => void,
): number {
  const lastAt = new Map<number, number>()
  let highest = -1
  let repeats = 0
  for (const { number, at } of arrivals) {
    const before = lastAt.get(number)
    lastAt.set(number, at)
    if (before !== undefined) {
      repeats += 1
      if (!troubles.touches(before, at)) say(`${number} came again after ${at - before} ms`)
    } else if (taken.has(number)) {
      if (number < highest) say(`${number} came first after ${highest}`)
      highest = Math.max(highest, number)
    }
  }
  return repeats
}

function shownOf({ portal }: BitrixStage): Arrival[] {
  return portal.shown
    .map(({ text, at }) => ({ number: readNumber(text), at }))
    .filter(({ number }) => number >= 0)
}

/** By chat, what the messenger has taken. */
function sentOf({ telegram }: BitrixStage): Map<number, Arrival[]> {
  const sent = new Map<number, Arrival[]>()
  for (const { method, params, at } of telegram.taken) {
    if (method !== 'sendMessage') continue
    const chat = Number(params['chat_id'])
    const arrivals = sent.get(chat) ?? []
    arrivals.push({ number: readNumber(String(params['text'])), at })
    sent.set(chat, arrivals)
  }
  return sent
}
