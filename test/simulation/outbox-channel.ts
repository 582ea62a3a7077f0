import type { Connector, SendContext } from '../../src/core/connector.ts'
import { DeliveryError, TransportError } from '../../src/core/errors.ts'
import { sendParts } from '../../src/core/parts.ts'
import { plainText, visibleText } from '../../src/core/rich-text.ts'
import type { Random } from './random.ts'
import type { Owner, SimTime } from './sim-clock.ts'

/** One call to the channel, as it arrived there. */
export interface ChannelCall {
  readonly lineId: number
  readonly chatId: string
  readonly out: string
  readonly part: number
  readonly sender: Owner
  readonly token: string
}

export type ChannelFate =
  | 'taken'
  /** Too much at once. */
  | 'busy'
  /** The message itself is refused. */
  | 'refused'
  /** Taken, and the answer is lost; or lost on the way. Nobody can tell. */
  | 'taken-unheard'
  | 'lost-unheard'
  | 'credentials'

export interface ChannelWorld {
  readonly time: SimTime
  readonly random: Random
  channelFate(): ChannelFate
  /** A call leaves its process; gives what is to be called when it is over. */
  callBegins(call: ChannelCall): () => void
  /** The channel has shown a part to the person; gives its id of it. */
  shown(call: ChannelCall): string
  /** Its process can't know whether it was shown. */
  unknown(out: string): void
  refused(out: string): void
}

/** A messenger's API as one process sees it. */
export function createChannel(world: ChannelWorld, owner: Owner, token: () => string): Connector {
  return {
    async send(chatId, message, line, call) {
      const parts = visibleText(message.text ?? plainText('')).split('|')
      const numbered = parts.map((_, part) => part)
      return await sendParts(numbered, call, async (part) => {
        const { out } = call
        const made = { lineId: line.id, chatId, out, part, sender: owner, token: token() }
        return await callChannel(world, made, call)
      })
    },
  } as Partial<Connector> as Connector
}

function callChannel(
  world: ChannelWorld,
  made: ChannelCall,
  { signal }: SendContext,
): Promise<readonly string[]> {
  const { time, random } = world
  if (signal.aborted) return Promise.reject(new TransportError('ABORTED', 'not-sent'))
  const fate = world.channelFate()
  const over = world.callBegins(made)
  let id = ''
  return new Promise((resolve, reject) => {
    const answer = (settle: () => void): void => {
      time.schedule(
        random.between(1, 40),
        () => {
          over()
          settle()
        },
        made.sender,
      )
    }
    signal.addEventListener('abort', () => {
      over()
      world.unknown(made.out)
      reject(new TransportError('ABORTED', 'unknown'))
    })
    const ends: Readonly<Record<ChannelFate, () => void>> = {
      taken: () => answer(() => resolve([id])),
      busy: () => answer(() => reject(tooMuch(random))),
      refused: () => answer(() => reject(refusal(world, made.out))),
      credentials: () => answer(() => reject(badToken())),
      'taken-unheard': () => noAnswer(),
      'lost-unheard': () => noAnswer(),
    }
    const noAnswer = (): void => {
      world.unknown(made.out)
      answer(() => reject(new TransportError('ETIMEDOUT', 'unknown')))
    }
    // What has left the machine arrives also when its process has died meanwhile.
    time.schedule(random.between(1, 60), () => {
      if (fate === 'taken' || fate === 'taken-unheard') id = world.shown(made)
      ends[fate]()
    })
  })
}

function tooMuch(random: Random): DeliveryError {
  return new DeliveryError('too much', {
    disposition: 'retry',
    outcome: 'not-sent',
    channelCode: '429',
    isRateLimit: true,
    retryAfterMs: random.int(1, 4) * 1000,
  })
}

function refusal(world: ChannelWorld, out: string): DeliveryError {
  world.refused(out)
  return new DeliveryError('refused', {
    disposition: 'reject',
    outcome: 'not-sent',
    channelCode: '403',
  })
}

function badToken(): DeliveryError {
  return new DeliveryError('unauthorized', {
    disposition: 'pause',
    outcome: 'not-sent',
    channelCode: '401',
  })
}
