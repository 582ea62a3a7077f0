import type { DialectDescriptor } from '../../../core/dialect.ts'
import { NativeDoor } from './door.ts'
import { NativeSpeaker } from './speaker.ts'

/** The hub's own protocol (PROTOCOL): signed packets out, signed JSON-RPC in. Its one credential is the portal's secret. */
export const native: DialectDescriptor = {
  id: 'native',
  title: 'Openlines Hub',
  fields: [],
  notCarried: {},
  createSpeaker: (context) => new NativeSpeaker(context),
  createDoor: (context) => new NativeDoor(context),
}
