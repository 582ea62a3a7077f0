import type { z } from 'zod'
import { changedMessageSchema, newMessageSchema } from '../written-message.ts'
import { capabilitiesShape, connectorShape, fieldShape } from './connector.ts'
import { callErrorShape, fieldFaultShape, refusalShape } from './error.ts'
import {
  chatShape,
  contactShape,
  eventShape,
  eventShapes,
  fileShape,
  locationShape,
  messageShape,
  personShape,
  sendErrorShape,
} from './event.ts'
import { deadLetterShape, journalItemShape, stepShape } from './journal.ts'
import { healthShape, statusShape, testErrorShape, testShape } from './line.ts'
import { outStatusShape, queuedShape } from './message.ts'
import { packetShape, packetShapes } from './packet.ts'
import { recipientShape } from './recipient.ts'
import { traceItemShape, traceStateShape } from './trace.ts'

/** What the hub sends, by the names that the OpenAPI document and the client's types have for it. */
export const NAMED_SHAPES: Readonly<Record<string, z.ZodType>> = {
  Person: personShape,
  Chat: chatShape,
  File: fileShape,
  Location: locationShape,
  Contact: contactShape,
  Message: messageShape,
  SendError: sendErrorShape,
  ...eventShapes,
  Event: eventShape,
  Health: healthShape,
  StatusObject: statusShape,
  TestResult: testShape,
  TestError: testErrorShape,
  Field: fieldShape,
  Capabilities: capabilitiesShape,
  Connector: connectorShape,
  Recipient: recipientShape,
  Queued: queuedShape,
  OutStatus: outStatusShape,
  JournalItem: journalItemShape,
  JournalStep: stepShape,
  DeadLetter: deadLetterShape,
  TraceItem: traceItemShape,
  TraceState: traceStateShape,
  EventsPacket: packetShapes.events,
  ConnectionTestPacket: packetShapes['connection.test'],
  ConnectorDeactivatedPacket: packetShapes['connector.deactivated'],
  LineHealthPacket: packetShapes['line.health'],
  Packet: packetShape,
  Refusal: refusalShape,
  CallError: callErrorShape,
  FieldFault: fieldFaultShape,
}

/** What the hub takes, likewise. */
export const NAMED_INPUTS: Readonly<Record<string, z.ZodType>> = {
  OutgoingMessage: newMessageSchema,
  ChangedMessage: changedMessageSchema,
}
