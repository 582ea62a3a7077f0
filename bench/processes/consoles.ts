import { Agent, request } from 'undici'
import { readArgument, serve } from '../harness/serve.ts'

/** Open consoles: each reads what `live` sends it, and does nothing with it but count. */
export interface ConsolesOrder {
  readonly url: string
  readonly consoles: readonly {
    readonly headers: Readonly<Record<string, string>>
    readonly lineId?: number
  }[]
}

export interface ConsolesReport {
  /** Those that are still open. */
  readonly open: number
  readonly events: number
}

const { url, consoles } = readArgument<ConsolesOrder>()
const agent = new Agent({ bodyTimeout: 0 })
let open = 0
let events = 0

async function watch({ headers, lineId }: ConsolesOrder['consoles'][number]): Promise<void> {
  const query = lineId === undefined ? '' : `?line=${lineId}`
  const answer = await request(`${url}/admin/api/v1/live${query}`, { headers, dispatcher: agent })
  if (answer.statusCode !== 200) throw new Error(`a console got ${answer.statusCode}`)
  open += 1
  answer.body.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf('event: '); at >= 0; at = chunk.indexOf('event: ', at + 1)) {
      events += 1
    }
  })
  const leave = (): void => {
    open -= 1
  }
  answer.body.on('end', leave).on('error', leave)
}

for (const one of consoles) await watch(one)

serve('ready', {
  report: (): ConsolesReport => {
    const report = { open, events }
    events = 0
    return report
  },
})
