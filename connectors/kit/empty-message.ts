import type { DeliveryError } from '#core/errors.ts'
import { rejection } from './rejection.ts'

/** For a message whose plan has no part: texts of spaces, files and buttons without content. `channel`: its title. */
export function emptyMessage(channel: string): DeliveryError {
  return rejection(`the message has nothing that ${channel} could show`, 'HUB_EMPTY_MESSAGE')
}
