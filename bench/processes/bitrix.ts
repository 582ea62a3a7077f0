import type { Order } from '../../test/fakes/bitrix/caller.ts'
import { FakeBitrix } from '../../test/fakes/bitrix/portal.ts'
import { serve } from '../harness/serve.ts'

/** The tests' Bitrix24 in a process of its own. The person's texts are numbers that rise within a chat. */
const portal = await FakeBitrix.start()

interface Seen {
  readonly shown: number
  readonly disordered: number
  readonly dropped: number
  /** From the first to the last that was shown, milliseconds. */
  readonly ms: number
}

function toSeen(): Seen {
  const last = new Map<string, number>()
  const numbers = new Set<string>()
  let disordered = 0
  for (const { chatId, text } of portal.shown) {
    const number = Number(text)
    const isNew = !numbers.has(`${chatId} ${number}`)
    if (isNew && number <= (last.get(chatId) ?? -1)) disordered += 1
    numbers.add(`${chatId} ${number}`)
    last.set(chatId, number)
  }
  const { dropped, shown } = portal
  const ms = (shown.at(-1)?.at ?? 0) - (shown[0]?.at ?? 0)
  return { shown: numbers.size, disordered, dropped: dropped.length, ms }
}

serve(portal.sender, {
  call: async (argument) => {
    const { hubUrl, order } = argument as { hubUrl: string; order: Order }
    return (await portal.call(hubUrl, order)).body
  },
  count: () => portal.shown.length,
  seen: toSeen,
  away: (isAway) => {
    portal.isDown = isAway === true
  },
})
