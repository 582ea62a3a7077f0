import { connectors } from '#connectors'
import { type Figures, inRounds, type Scenario } from '../bench.ts'
import { worstInbound, worstOutbound } from '../harness/stalls.ts'

const REAL = connectors.filter(({ parent }) => parent === undefined).map(({ id }) => id)
const MAX_MS = 50

const into = (id: string): string => `${id} in, ms`
const outOf = (id: string): string => `${id} out, ms`

/** In this process: neither store nor network has a part in it. */
export const stalls: Scenario = {
  name: 'stalls',
  about:
    'the longest turn that one hostile update of 1 MB, or message of 100 000 characters, takes',
  goals: REAL.flatMap((id) =>
    [into(id), outOf(id)].map((figure) => ({ figure, is: 'below' as const, than: MAX_MS })),
  ),
  run: ({ say }, rounds) =>
    inRounds(rounds, async () => {
      const figures: Record<string, number> = {}
      for (const id of REAL) {
        const inbound = worstInbound(id)
        const outbound = await worstOutbound(id)
        figures[into(id)] = inbound.ms
        figures[outOf(id)] = outbound.ms
        say(`${id} in ${inbound.ms.toFixed(1)} ms: ${inbound.what}`)
        say(`${id} out ${outbound.ms.toFixed(1)} ms: ${outbound.what}`)
      }
      return figures satisfies Figures
    }),
}
