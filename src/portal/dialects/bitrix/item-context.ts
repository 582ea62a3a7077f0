import type { Language } from '../../../core/language.ts'
import type { PacketAddress } from '../../../core/packet.ts'
import type { Era } from './era.ts'
import type { FileFaults } from './file-probe.ts'
import type { People } from './people.ts'

/** What an event's item depends on besides the event. */
export interface ItemContext {
  readonly address: PacketAddress
  /** The portal's id of the line's connector. */
  readonly connector: string
  readonly language: Language
  readonly era: Era
  /** Epoch ms. */
  readonly now: number
  readonly people: People
  /** Files that the portal would not get. */
  readonly fileFaults: FileFaults
}
