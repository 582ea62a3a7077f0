import { z } from 'zod'
import { instant, openEnum, packetIdShape, portalId, said } from './basic.ts'
import { eventShape } from './event.ts'
import { healthShape } from './line.ts'

function packet<const T extends string>(type: T) {
  return z.strictObject({
    id: packetIdShape.describe('as webhook-id'),
    type: z.literal(type),
    portal: portalId,
    connector: said,
    line: said,
    attempt: z.int().min(1),
    sentAt: instant,
  })
}

/** Everything that the hub posts to a portal, by its type. */
export const packetShapes = {
  events: packet('events')
    .extend({ events: z.array(eventShape).min(1).describe('in the order of arrival') })
    .describe('events of one line'),
  'connection.test': packet('connection.test')
    .extend({ challenge: said })
    .describe('asks whether this is the portal: the challenge has to come back'),
  'connector.deactivated': packet('connector.deactivated')
    .extend({
      reason: openEnum(['displaced', 'credentials_refused', 'deleted']),
      message: z.string().describe('for a person'),
    })
    .describe('a line has stopped working'),
  'line.health': packet('line.health')
    .extend({ health: healthShape })
    .describe("a line's health has changed"),
} as const

export const packetShape = z.discriminatedUnion('type', [
  packetShapes.events,
  packetShapes['connection.test'],
  packetShapes['connector.deactivated'],
  packetShapes['line.health'],
])

/** Answers of a portal that say more than their status. */
export const packetAnswerShapes = {
  accepted: z
    .looseObject({
      accepted: z.array(z.string()).optional(),
      rejected: z
        .array(z.looseObject({ id: z.string(), reason: z.string().optional() }))
        .optional()
        .describe('for good: they go to the dead letters'),
    })
    .describe('ids of events; the rest counts as not delivered'),
  later: z
    .looseObject({ ack: z.literal('later') })
    .describe('confirmDelivery follows within 60 s; nothing more comes for the line until then'),
  challenge: z.looseObject({ challenge: z.string() }),
}
