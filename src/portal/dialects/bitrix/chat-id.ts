/**
 * The portal names a dialog `connector|line|chat|user` and cuts the name up at its strokes, so a chat's id may hold none.
 * `~` marks what was replaced, itself included: the id comes back as it was. Most ids are left as they are.
 */
export function toPortalChatId(chatId: string): string {
  return chatId.replaceAll('~', '~0').replaceAll('|', '~1')
}

export function fromPortalChatId(chatId: string): string {
  return chatId.replaceAll('~1', '|').replaceAll('~0', '~')
}

/** What the portal's name of a dialog may have at most. */
const MAX_DIALOG_NAME = 255

/** Does the portal have room for a dialog of this name? */
export function fitsDialogName(parts: {
  readonly connector: string
  readonly line: string
  readonly chat: string
  readonly user: string
}): boolean {
  const { connector, line, chat, user } = parts
  return [connector, line, chat, user].join('|').length <= MAX_DIALOG_NAME
}
