import { NeighbourSimulator } from './neighbours.ts'
import { isNoise, NOISES } from './noises.ts'
import { SERVICES, type WaitsByService, worseThan } from './stopwatch.ts'

const SECONDS = 60
/** 25 000 updates a second are many to simulate. */
const FLOOD_SECONDS = 6

/** Every kind of noise with `seeds` seeds, at length. True if the quiet tenants notice none of it. */
export async function runNeighbours(
  seeds: readonly number[],
  say: (text: string) => void,
): Promise<boolean> {
  const simulator = await NeighbourSimulator.create()
  let isWell = true
  for (const noise of Object.keys(NOISES).filter(isNoise)) {
    const seconds = noise === 'webhook-flood' ? FLOOD_SECONDS : SECONDS
    for (const seed of seeds) {
      const alone = await simulator.run(seed, { noise, seconds, isAlone: true })
      const beside = await simulator.run(seed, { noise, seconds })
      const worse = SERVICES.filter((service) => worseThan(alone[service], beside[service]))
      say(`${noise}, seed ${seed}: ${compare(alone, beside)}${worse.map((s) => ` WORSE: ${s}`)}`)
      if (worse.length > 0) isWell = false
    }
  }
  return isWell
}

function compare(alone: WaitsByService, beside: WaitsByService): string {
  return SERVICES.map(
    (service) => `${service} ${alone[service].p99} → ${beside[service].p99} ms`,
  ).join(', ')
}
